import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ApiClient } from '../support/client.js';
import { startSystem, type System } from '../support/programs.js';

const HERE = join('test', 'api');
const VENV = join('.data', 'schemathesis');
const INSTALLED = join(VENV, 'installed.txt');
/** Timeout of a run, in milliseconds; there are three. */
const LONGEST_MS = 300_000;

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}:\n${out}\n${err}`);
}

/** Installs the pinned version of Schemathesis in its own folder. */
async function install(): Promise<void> {
  const wanted = await readFile(join(HERE, 'requirements.txt'), 'utf8');
  if ((await readFile(INSTALLED, 'utf8').catch(() => '')) === wanted) return;
  await mkdir(VENV, { recursive: true });
  await run('python3', ['-m', 'venv', '--clear', VENV]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', join(HERE, 'requirements.txt')];
  await run(join(VENV, 'bin', 'python'), pip);
  await writeFile(INSTALLED, wanted);
}

let system: System;
const tokens = new Map<string, string>();

beforeAll(async () => {
  await install();
  system = await startSystem({
    env: {
      AUTOSCALER_API_LOCKOUT_ACCOUNT_FAILURES: '10000',
      AUTOSCALER_API_LOCKOUT_ADDRESS_FAILURES: '100000',
      AUTOSCALER_ALERTS_ALLOWED_URLS: 'https://hooks.example.com',
    },
  });
  for (const name of ['admin', 'operator']) {
    const user = await ApiClient.register(system.urls.api, name);
    tokens.set(name, user.token);
    const body = { name: `of ${name}`, min_servers: 1, max_servers: 5 };
    if ((await user.post('/clusters', body)).status !== 201) throw new Error(`${name} has no cluster`);
  }
}, LONGEST_MS);
afterAll(async () => system?.stop());

describe('the promises of the API document', () => {
  it.each(['admin', 'operator', 'nobody'])(
    'hold for %s, checked by Schemathesis',
    async (caller) => {
      const token = tokens.get(caller);
      const document = join('docs', 'openapi.json');
      const config = ['--config-file', join(HERE, 'schemathesis.toml')];
      const header = token === undefined ? [] : ['--header', `Authorization: Bearer ${token}`];
      const args = [...config, 'run', document, '--url', system.urls.api, '--no-color', ...header];
      await expect(
        run(join(VENV, 'bin', 'schemathesis'), args, { SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: HERE }),
      ).resolves.toBeUndefined();
    },
    LONGEST_MS,
  );
});
