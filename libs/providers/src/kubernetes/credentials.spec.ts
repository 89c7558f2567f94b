import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiOptionsOf } from './credentials.js';

const lookup = (): void => undefined;
const given = (secrets: Readonly<Record<string, string>>) => ({
  lookup,
  secrets: new Set(Object.keys(secrets)),
  secret: async (name: string) => secrets[name]!,
});
const SPEC = { server: 'https://10.0.0.1:6443', in_cluster: false };

describe('credentials of a connection', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are a token', async () => {
    const options = await apiOptionsOf({ ...SPEC, ca: 'CA' }, given({ token: 'abc' }));
    expect(options).toMatchObject({ server: SPEC.server, tls: { ca: 'CA' } });
    expect(await options.token()).toBe('abc');
  });

  it('are a certificate with its key', async () => {
    const options = await apiOptionsOf({ ...SPEC, client_certificate: 'CERT' }, given({ client_key: 'KEY' }));
    expect(options.tls).toEqual({ cert: 'CERT', key: 'KEY' });
    expect(await options.token()).toBeNull();
  });

  it.each([
    ['nothing', {}, {}],
    ['a certificate without its key', { client_certificate: 'CERT' }, { token: 'abc' }],
    ['a key without its certificate', {}, { client_key: 'KEY' }],
  ])('are not %s', async (_name, spec, secrets) => {
    await expect(apiOptionsOf({ ...SPEC, ...spec }, given(secrets))).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('are those of the pod, where the connection says so', async () => {
    writeFileSync(join(folder, 'ca.crt'), 'CA');
    writeFileSync(join(folder, 'token'), 'of-the-pod\n');
    const options = await apiOptionsOf({ in_cluster: true }, given({}), folder);
    expect(options).toMatchObject({ server: 'https://kubernetes.default.svc', tls: { ca: 'CA' } });
    expect(await options.token()).toBe('of-the-pod');
  });

  it('are missing outside of a pod', async () => {
    await expect(apiOptionsOf({ in_cluster: true }, given({}), folder)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('does not run in one'),
    });
  });
});
