import { describe } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from './binaries.js';

const share = execFileSync(binary('pg_config'), ['--sharedir'], { encoding: 'utf8' }).trim();

/**
 * A suite against a TimescaleDB server. Debian has no package of the extension: without an installation the suite is
 * skipped.
 */
export const withTimescale = existsSync(join(share, 'extension', 'timescaledb.control')) ? describe : describe.skip;
