import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { ApiClient } from '../support/client.js';
import { startSystem, type System } from '../support/programs.js';
import { installPython, run } from '../support/python.js';

const HERE = join('test', 'api');
/** Timeout of a run, in milliseconds; there are three. */
const LONGEST_MS = 300_000;

let programs: string;
let system: System;
const tokens = new Map<string, string>();

beforeAll(async () => {
  programs = await installPython('schemathesis', join(HERE, 'requirements.txt'));
  system = await startSystem({
    env: {
      AUTOSCALER_API_LOCKOUT_ACCOUNT_FAILURES: '10000',
      AUTOSCALER_API_LOCKOUT_ADDRESS_FAILURES: '100000',
      AUTOSCALER_ALERTS_ALLOWED_URLS: 'https://hooks.example.com',
      AUTOSCALER_COLLECTOR_ALLOWED_URLS: 'https://prometheus.example.com',
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
  it.each(['admin', 'operator', 'anonymous callers'])(
    'hold for %s, checked by Schemathesis',
    async (caller) => {
      const token = tokens.get(caller);
      const document = join('docs', 'openapi.json');
      const config = ['--config-file', join(HERE, 'schemathesis.toml')];
      const header = token === undefined ? [] : ['--header', `Authorization: Bearer ${token}`];
      const args = [...config, 'run', document, '--url', system.urls.api, '--no-color', ...header];
      await expect(
        run(join(programs, 'schemathesis'), args, { SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: HERE }),
      ).resolves.toBeUndefined();
    },
    LONGEST_MS,
  );
});
