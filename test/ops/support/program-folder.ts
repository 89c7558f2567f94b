import dockerignore from '@balena/dockerignore';
import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** The user of the images. */
const IMAGE_USER = 10001;
/** Working directory of build stages; the last stage copies from there. */
const WORKDIR = '/src';

/**
 * A folder with the content of an image, built by the steps of its Dockerfile from the build context; it is read-only,
 * and another user runs it. This machine replaces the base image, and the installed packages those that the build
 * needs.
 */
export class ProgramFolder {
  private constructor(
    private readonly folder: string,
    readonly path: string,
    readonly node: string,
  ) {}

  static async make(): Promise<ProgramFolder> {
    const folder = mkdtempSync(join(tmpdir(), 'ops-image-'));
    const within = (name: string): string => join(folder, name);
    try {
      copyContext(within('context'));
      mkdirSync(within('build'));
      symlinkSync(resolve('node_modules'), join(within('build'), 'node_modules'));
      // Independent stages, which `docker build` also runs in parallel.
      const made = await Promise.allSettled(['build', 'packages'].map(async (stage) => make(stage, within)));
      for (const result of made) if (result.status === 'rejected') throw result.reason;
      // RUN steps of the last stage would change the base image, which is this machine.
      for (const { instruction, words } of stepsOf('runtime')) if (instruction === 'COPY') copy(words, within, 'app');
      for (const used of ['context', 'build', 'packages']) await rm(within(used), { recursive: true });
      copyFileSync(process.execPath, within('node'));
      execFileSync('chmod', ['-R', 'a-w,a+rX', folder]);
      chmodSync(within('node'), 0o555);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    return new ProgramFolder(folder, within('app'), within('node'));
  }

  /** Options for starting a program in it: as another user if the tests run as root. */
  get spawnOptions(): { readonly cwd: string; readonly uid?: number; readonly gid?: number } {
    return { cwd: this.path, ...(process.getuid?.() === 0 ? { uid: IMAGE_USER, gid: IMAGE_USER } : {}) };
  }

  async remove(): Promise<void> {
    execFileSync('chmod', ['-R', 'u+w', this.folder]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface Step {
  readonly instruction: string;
  readonly words: readonly string[];
}

/** @throws Error if the Dockerfile has no such stage */
function stepsOf(stage: string): Step[] {
  const text = readFileSync('Dockerfile', 'utf8').replaceAll(/\\\n/g, ' ');
  const body = text.split(/^FROM /m).find((part) => part.split('\n', 1)[0]?.endsWith(` AS ${stage}`));
  if (body === undefined) throw new Error(`the Dockerfile has no stage ${stage}`);
  return [...body.matchAll(/^(COPY|RUN) (.+)$/gm)].map(([, instruction = '', rest = '']) => ({
    instruction,
    words: rest.trim().split(/\s+/),
  }));
}

/** Copies files under version control, or to be committed, without those excluded by .dockerignore. */
function copyContext(target: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  const files = listed.split('\0').filter((file) => file !== '' && existsSync(file));
  const sent = dockerignore.default().add(readFileSync('.dockerignore', 'utf8')).filter(files);
  for (const file of sent) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    copyFileSync(file, join(target, file));
  }
}

/** Builds one of the stages that the last one copies from. */
async function make(stage: string, within: (name: string) => string): Promise<void> {
  for (const { instruction, words } of stepsOf(stage)) {
    if (instruction === 'COPY') copy(words, within, stage);
    else await run(words.join(' '), within(stage), stage);
  }
}

/** A COPY step: the last word is the target, the others are sources. */
function copy(words: readonly string[], within: (stage: string) => string, into: string): void {
  const flag = '--from=';
  const [from, paths] = words[0]?.startsWith(flag) ? [words[0].slice(flag.length), words.slice(1)] : ['context', words];
  const to = join(within(into), paths.at(-1) ?? '');
  for (const path of paths.slice(0, -1)) {
    const source = join(within(from), path.startsWith(`${WORKDIR}/`) ? path.slice(WORKDIR.length) : path);
    const target = statSync(source).isDirectory() ? to : join(to, basename(source));
    mkdirSync(dirname(target), { recursive: true });
    // The output of a stage is moved, because copying the packages takes long.
    if (from === 'context') cpSync(source, target, { recursive: true, verbatimSymlinks: true });
    else renameSync(source, target);
  }
}

/** Settings that a machine may need to reach the package registry. */
const NETWORK = ['NODE_EXTRA_CA_CERTS', 'npm_config_cache', 'npm_config_registry'];

async function run(command: string, cwd: string, stage: string): Promise<void> {
  // Not run: it would empty the linked folder, and `npm run build` would install everything again.
  if (stage === 'build' && /\bnpm (ci|i|install)\b/.test(command)) throw new Error(`not run: ${command}`);
  await promisify(execFile)('sh', ['-c', command], {
    cwd,
    env: {
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: process.env['HOME'] ?? '',
      ...Object.fromEntries(
        NETWORK.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      ),
      // The lock file pins packages by hash, so those of this machine's cache can be used.
      npm_config_prefer_offline: 'true',
    },
    maxBuffer: Infinity,
  });
}
