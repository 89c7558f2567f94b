import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const RELEASES = join('.data', 'releases');
const MAIN = join('dist', 'apps', 'autoscaler', 'src', 'main.js');

/** The folder with the built previous release, or why there is none on this machine. */
export type ReleasedProgram = { readonly root: string } | { readonly missing: string };

/**
 * Builds the commit of `migrations/released-schema.json` with its own lock file. Takes minutes; the build is cached
 * below `.data/releases`.
 *
 * @throws Error if its packages are installed and it cannot be built
 */
export function releasedProgram(): ReleasedProgram {
  const { commit } = JSON.parse(readFileSync('migrations/released-schema.json', 'utf8')) as { commit: string };
  const root = resolve(RELEASES, commit);
  if (existsSync(join(root, MAIN))) return { root };
  if (run('.', 'git', 'cat-file', '-e', `${commit}^{commit}`).status !== 0) {
    return { missing: `this clone does not have its commit ${commit.slice(0, 12)}: "git fetch --unshallow" brings it` };
  }
  mkdirSync(RELEASES, { recursive: true });
  const folder = mkdtempSync(`${root}-`);
  try {
    const archive = join(folder, 'release.tar');
    must(run('.', 'git', 'archive', '--output', archive, commit));
    must(run(folder, 'tar', '-xf', archive));
    rmSync(archive);
    const setUp = join('scripts', 'setup.mjs');
    const installed = run(folder, process.execPath, setUp);
    if (installed.status !== 0) return { missing: `its packages cannot be installed: ${installed.stderr.trim()}` };
    must(run(folder, process.execPath, setUp, '--build'));
    must(run(folder, 'npm', 'prune', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'));
    renameSync(folder, root);
    return { root };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(cwd: string, command: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  const path = [dirname(process.execPath), process.env['PATH']].join(':');
  // `npm run` hands on the settings of this checkout, such as `ignore-scripts`, which the other one does not have.
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  return spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...Object.fromEntries(own), PATH: path } });
}

function must({ status, stderr, error }: SpawnSyncReturns<string>): void {
  if (status !== 0) throw new Error(`cannot build the previous release: ${error?.message ?? stderr}`);
}
