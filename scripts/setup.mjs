// Prepares a clone: installs the packages of the lock file, and (with --build) builds the programs and the page if
// outdated. Runs before anything is installed, so it uses only Node's own modules and works on Node 18 and later.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const INSTALLED = join(ROOT, 'node_modules', '.installed-lock');
const MODULES = join(ROOT, 'node_modules');
const PAGE = join('apps', 'dashboard');

/** Build outputs, their sources, and the package scripts that build them, in order. */
const BUILDS = [
  {
    name: 'the provider SDK',
    stamp: join(ROOT, 'packages', 'provider-sdk', 'dist', '.built-at'),
    sources: [join('libs', 'providers', 'src', 'sdk'), join('packages', 'provider-sdk'), 'tsconfig.json'],
    except: [],
    steps: [[join(MODULES, 'typescript', 'bin', 'tsc'), '-p', join('packages', 'provider-sdk')]],
  },
  {
    name: 'the programs',
    stamp: join(ROOT, 'dist', '.built-at'),
    sources: ['apps', 'libs', 'migrations', 'bench', 'package.json', 'tsconfig.json', 'tsconfig.build.json'],
    except: [PAGE],
    steps: [[join(MODULES, '@nestjs', 'cli', 'bin', 'nest.js'), 'build', 'autoscaler']],
  },
  {
    name: 'the page',
    stamp: join(ROOT, 'dist', '.page-built-at'),
    sources: [PAGE, join('docs', 'openapi.json'), 'package-lock.json'],
    except: [join(PAGE, 'src', 'generated')],
    steps: [
      [
        join(MODULES, 'openapi-typescript', 'bin', 'cli.js'),
        join('docs', 'openapi.json'),
        // Fields with a default are optional in requests.
        '--default-non-nullable=false',
        '--output',
        join(PAGE, 'src', 'generated', 'api.ts'),
      ],
      [join(MODULES, 'vite', 'bin', 'vite.js'), 'build', PAGE, '--logLevel', 'warn'],
    ],
  },
];

function run(command, args) {
  // Standard output belongs to the command that triggered the setup (`npm run autoscaler -- config > file`).
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

function newest(path, except) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules' && name !== 'dist' && !except.includes(join(path, name)))
    .reduce((latest, name) => Math.max(latest, newest(join(path, name), except)), stat.mtimeMs);
}

function install() {
  const wanted = lockHash();
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted) return;
  console.error('installing packages ...');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  // Install scripts are off (.npmrc), because npm before 11 ignores `allowScripts`. The packages named there are the
  // exceptions.
  const { allowScripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const needed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
  run('npm', ['ci', '--ignore-scripts', ...quiet]);
  run('npm', ['rebuild', '--ignore-scripts=false', ...quiet, ...needed]);
  writeFileSync(INSTALLED, wanted);
}

function build({ name, stamp, sources, except, steps }) {
  const left = except.map((path) => join(ROOT, path));
  const changed = Math.max(...sources.map((source) => newest(join(ROOT, source), left)));
  if (existsSync(stamp) && Number(readFileSync(stamp, 'utf8')) >= changed) return;
  console.error(`building ${name} ...`);
  for (const step of steps) run(join(MODULES, '.bin', 'node'), step);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, String(changed));
}

install();
if (process.argv.includes('--build')) for (const each of BUILDS) build(each);
