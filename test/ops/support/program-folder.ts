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
/** Where the stages that make something work; the last one takes what they made from there. */
const WORKDIR = '/src';

/**
 * What the Dockerfile puts into an image, put into a folder by its own steps, from what `docker build` is sent: nobody may write there, and
 * another user runs it. The base image is this machine, and the packages that the build needs are those that are installed here.
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
      // Neither needs anything of the other, and `docker build` makes them at the same time, too.
      const made = await Promise.allSettled(['build', 'packages'].map(async (stage) => make(stage, within)));
      for (const result of made) if (result.status === 'rejected') throw result.reason;
      // Its RUN steps make the base image into another, which this machine is not.
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

  /** How a program in it is started: as another user where these tests may, which is as root. */
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

/** @throws Error where the Dockerfile has no such stage */
function stepsOf(stage: string): Step[] {
  const text = readFileSync('Dockerfile', 'utf8').replaceAll(/\\\n/g, ' ');
  const body = text.split(/^FROM /m).find((part) => part.split('\n', 1)[0]?.endsWith(` AS ${stage}`));
  if (body === undefined) throw new Error(`the Dockerfile has no stage ${stage}`);
  return [...body.matchAll(/^(COPY|RUN) (.+)$/gm)].map(([, instruction = '', rest = '']) => ({
    instruction,
    words: rest.trim().split(/\s+/),
  }));
}

/** What is under version control, or would be with the next commit, less what .dockerignore keeps back. */
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

/** Makes one of the stages that the last one takes from. */
async function make(stage: string, within: (name: string) => string): Promise<void> {
  for (const { instruction, words } of stepsOf(stage)) {
    if (instruction === 'COPY') copy(words, within, stage);
    else await run(words.join(' '), within(stage), stage);
  }
}

/** A COPY: the last word is where to, those before it are what. */
function copy(words: readonly string[], within: (stage: string) => string, into: string): void {
  const flag = '--from=';
  const [from, paths] = words[0]?.startsWith(flag) ? [words[0].slice(flag.length), words.slice(1)] : ['context', words];
  const to = join(within(into), paths.at(-1) ?? '');
  for (const path of paths.slice(0, -1)) {
    const source = join(within(from), path.startsWith(`${WORKDIR}/`) ? path.slice(WORKDIR.length) : path);
    const target = statSync(source).isDirectory() ? to : join(to, basename(source));
    mkdirSync(dirname(target), { recursive: true });
    // What a stage made is wanted nowhere else, so it is moved: copying the packages takes long.
    if (from === 'context') cpSync(source, target, { recursive: true, verbatimSymlinks: true });
    else renameSync(source, target);
  }
}

/** The settings by which a machine reaches the registry of packages, where it needs some. */
const NETWORK = ['NODE_EXTRA_CA_CERTS', 'npm_config_cache', 'npm_config_registry'];

async function run(command: string, cwd: string, stage: string): Promise<void> {
  // It would empty the folder that is linked here, and has no place there: `npm run build` would install everything a second time.
  if (stage === 'build' && /\bnpm (ci|i|install)\b/.test(command)) throw new Error(`not run: ${command}`);
  await promisify(execFile)('sh', ['-c', command], {
    cwd,
    env: {
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: process.env['HOME'] ?? '',
      ...Object.fromEntries(
        NETWORK.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      ),
      // The lock file says which packages, by their hashes: those of this machine's own installation will do.
      npm_config_prefer_offline: 'true',
    },
    maxBuffer: Infinity,
  });
}
