// Makes a clone ready to run: packages as the lock file has them, and (with --build) an up-to-date build.
// Runs before anything is installed, so it uses nothing but Node's own modules and works on Node 18 and later.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['apps', 'libs', 'migrations', 'bench', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const INSTALLED = join(ROOT, 'node_modules', '.installed-lock');
const BUILT = join(ROOT, 'dist', '.built-at');

function run(command, args) {
  // Standard output belongs to the command that asked for the set-up (`npm run autoscaler -- config > file`).
  const result = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    console.error(
      `set-up failed: \`${command} ${args.join(' ')}\` ${result.error?.message ?? `ended with ${result.status}`}`,
    );
    process.exit(1);
  }
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules' && name !== 'dist')
    .reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
}

function install() {
  const wanted = lockHash();
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted) return;
  console.error('installing packages ...');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(INSTALLED, wanted);
}

function build() {
  const changed = Math.max(...SOURCES.map((source) => newest(join(ROOT, source))));
  if (existsSync(BUILT) && Number(readFileSync(BUILT, 'utf8')) >= changed) return;
  console.error('building ...');
  run(join(ROOT, 'node_modules', '.bin', 'node'), [
    join(ROOT, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js'),
    'build',
    'autoscaler',
  ]);
  writeFileSync(BUILT, String(changed));
}

install();
if (process.argv.includes('--build')) build();
