import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSystem, type System } from './support/programs.js';

let system: System;

beforeAll(async () => {
  system = await startSystem({ speed: 1 });
});
afterAll(async () => system?.stop());

it('docs/quickstart.md scales a cluster when its block is pasted as a whole, with any ports', async () => {
  const [, block = ''] = /```bash\n(.*?)```/s.exec(await readFile('docs/quickstart.md', 'utf8')) ?? [];
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', block], {
    env: { PATH: process.env['PATH'] ?? '', API: system.urls.api, SIMULATOR: system.urls.simulator },
    timeout: 100_000,
  });
  expect(stderr).toBe('');
  expect(stdout).not.toContain('"error":"');
  expect(stdout).toMatch(/"events":\[\{[^\]]*"SCALE_UP"/);
  expect(stdout).toMatch(/"steps":\[/);
  expect(stdout).toMatch(/"desired_servers":8/);
});
