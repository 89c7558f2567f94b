import { existsSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** Paths of an installed Chromium; `CHROMIUM_PATH` takes precedence. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
/** Disables updates, experiments, and requests to the vendor's hosts. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A headless Chromium: the packaged one, which needs no installation, or an installed one where the package does not
 * run (it is built for Linux on x64).
 *
 * @throws Error saying what to install if there is none
 */
export async function launchBrowser(): Promise<Browser> {
  const named = process.env['CHROMIUM_PATH'];
  const packaged = process.platform === 'linux' && process.arch === 'x64';
  const installed = named ?? (packaged ? undefined : INSTALLED.find((path) => existsSync(path)));
  if (installed !== undefined) return chromium.launch({ executablePath: installed, args: QUIET });
  if (!packaged)
    throw new Error('the page is tested in Chromium: install Google Chrome, or name a Chromium in CHROMIUM_PATH');
  const { path, libraries } = await unpack();
  return chromium.launch({
    executablePath: path,
    args: [...QUIET, '--headless=shell', '--no-zygote'],
    env: { ...process.env, LD_LIBRARY_PATH: [libraries, process.env['LD_LIBRARY_PATH'] ?? ''].join(':') },
  });
}

/** Unpacks the packaged Chromium and the libraries that a minimal system lacks, once, next to the packages. */
async function unpack(): Promise<{ path: string; libraries: string }> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  const folder = join(cache, 'chromium');
  if (!existsSync(folder)) await unpackInto(folder, cache);
  return { path: join(folder, 'chromium'), libraries: join(folder, 'al2023', 'lib') };
}

/** Atomic: concurrent tests must not start a program that another one is still writing. */
async function unpackInto(folder: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'chromium-'));
  // The package unpacks into the system's temporary folder; a separate process uses this one instead.
  const script = `import chromium, { inflate } from '@sparticuz/chromium';
    import { fileURLToPath } from 'node:url';
    await inflate(fileURLToPath(new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium'))));
    await chromium.executablePath();`;
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TMPDIR: unfinished },
    });
    await rename(unfinished, folder).catch((error: unknown) => {
      // Another process was faster.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
