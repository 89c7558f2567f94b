import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The user of the images. */
const IMAGE_USER = 10001;

/** What the Dockerfile puts into an image, put into a folder by the same steps: nobody may write there, and another user runs it. */
export class ProgramFolder {
  private constructor(
    readonly path: string,
    readonly node: string,
  ) {}

  static make(): ProgramFolder {
    const path = mkdtempSync(join(tmpdir(), 'ops-image-'));
    const app = join(path, 'app');
    mkdirSync(app);
    const node = join(path, 'node');
    copyFileSync(process.execPath, node);
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) copyFileSync(file, join(app, file));
    execFileSync('npm', ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: app,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    for (const folder of ['dist', 'config', 'data']) cpSync(folder, join(app, folder), { recursive: true });
    readOnly(path);
    return new ProgramFolder(app, node);
  }

  /** How a program in it is started: as another user where these tests may, which is as root. */
  get spawnOptions(): { readonly cwd: string; readonly uid?: number; readonly gid?: number } {
    return { cwd: this.path, ...(process.getuid?.() === 0 ? { uid: IMAGE_USER, gid: IMAGE_USER } : {}) };
  }

  remove(): void {
    const folder = join(this.path, '..');
    execFileSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOnly(folder: string): void {
  execFileSync('chmod', ['-R', 'a-w,a+rX', folder]);
  for (const name of readdirSync(folder)) if (name === 'node') chmodSync(join(folder, name), 0o555);
}
