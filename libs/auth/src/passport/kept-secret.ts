import { Logger } from '@nestjs/common';
import { type AppConfig, freshSecret, keptSecret as keptIn } from '#config';

const FILE = 'jwt-secret';

/**
 * A secret for an installation that configures none, kept beside the data folder. Where nothing can be stored (such as with a database in
 * memory), it is lost with the process.
 */
export function keptSecret({ database, app }: Pick<AppConfig, 'database' | 'app'>): string {
  if (database.dataDir === 'memory' || app.mode === 'production') return freshSecret();
  const { file, secret } = keptIn({ database }, FILE);
  if (secret !== null) return secret;
  new Logger('Auth').warn(
    `logins will end at the next restart: cannot keep a usable secret in ${file}; remove the file, make its folder writable, or set api.jwt_secret`,
  );
  return freshSecret();
}
