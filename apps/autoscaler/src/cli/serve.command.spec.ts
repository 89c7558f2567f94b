import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from 'prom-client';
import { OperationalError } from '../operational.error.js';
import { serve } from './serve.command.js';

let folder: string;
let other: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serve-spec-'));
  other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
});
afterAll(async () => {
  other.close();
  await rm(folder, { recursive: true });
});

describe('an address that cannot be bound', () => {
  it.each([
    [
      'that is no address of this machine',
      '203.0.113.1',
      () => 0,
      'cannot listen on 203.0.113.1:0 (api.host, api.port): ',
    ],
    ['that is taken', '127.0.0.1', () => (other.address() as AddressInfo).port, 'is taken; stop what listens there'],
  ])('%s ends the start with an error that names the reason', async (_name, host, port, expected) => {
    register.clear();
    const file = join(folder, 'config.yaml');
    const config = {
      app: { log_level: 'fatal' },
      database: { data_dir: 'memory' },
      api: { host, port: port() },
      prometheus: { enabled: false },
    };
    await writeFile(file, JSON.stringify(config));
    const failed = serve(file, false);
    await expect(failed).rejects.toBeInstanceOf(OperationalError);
    await expect(failed).rejects.toThrow(expected);
  });
});
