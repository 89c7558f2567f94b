// A process to be killed: writes one row after the other to the data folder that it is given, and prints each number once the
// database has acknowledged it.
import { configOf } from '#config';
import { openDatabase } from '#database';

const { database: config } = configOf({ 'database.data_dir': process.argv[2] });
const database = await openDatabase(config);
await database.query('CREATE TABLE IF NOT EXISTS written (n integer PRIMARY KEY, filler text NOT NULL)');
const [{ next }] = await database.query('SELECT COALESCE(max(n), 0)::int + 1 AS next FROM written');
for (let n = next; ; n += 1) {
  await database.query('INSERT INTO written VALUES ($1, $2)', [n, 'x'.repeat(n % 2000)]);
  process.stdout.write(`${n}\n`);
}
