// A database to be killed: the embedded TimescaleDB of a folder, on a port of loopback. It serves one connection at a time.
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { EmbeddedDatabase } from '#database/testing';

const [dataDir, port] = process.argv.slice(2);
const { connection } = await EmbeddedDatabase.start({ dataDir });
const socketPath = join(connection.host, `.s.PGSQL.${connection.port}`);
const server = createServer((client) => {
  const inner = connect(socketPath);
  client.on('error', () => inner.destroy()).on('close', () => inner.destroy());
  inner.on('error', () => client.destroy()).on('close', () => client.destroy());
  client.pipe(inner).pipe(client);
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
