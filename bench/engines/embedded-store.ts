/** The embedded database in a process of its own, so that what it takes can be told from what the workers take. */
import { EmbeddedDatabase } from '#database/testing';

const database = await EmbeddedDatabase.start({ dataDir: process.argv[2] ?? 'memory' });
process.on('disconnect', () => {
  void database.stop().then(() => process.exit(0));
});
process.send?.(database.connection);
