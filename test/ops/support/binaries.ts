import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES =
  'apt-get install -y gettext-base nginx openssl pgbouncer postgresql prometheus prometheus-alertmanager';
const FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/bin'];

/** @throws Error saying what to install */
export function binary(name: string): string {
  const postgres = '/usr/lib/postgresql';
  const versions = existsSync(postgres) ? readdirSync(postgres).toSorted().toReversed() : [];
  const found = [...versions.map((version) => join(postgres, version, 'bin')), ...FOLDERS]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not installed; run: ${PACKAGES}`);
  return found;
}
