import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigFiles } from '../test/config-files.js';
import { secretVariables } from './load.js';

let files: ConfigFiles;
beforeEach(() => {
  files = new ConfigFiles();
});
afterEach(() => files.remove());

const load: ConfigFiles['load'] = (yaml, env) => files.load(yaml, env);
const faultsOf: ConfigFiles['faultsOf'] = (yaml, env) => files.faultsOf(yaml, env);

describe('secrets in files', () => {
  let secretFile: string;
  beforeEach(() => {
    secretFile = join(files.folder, 'jwt-secret');
    writeFileSync(secretFile, 'of-the-file-0123456789\n');
  });

  it('replace the value of a variable, a reference and a key', () => {
    const byVariable = load('', { AUTOSCALER_API_JWT_SECRET_FILE: secretFile });
    expect(byVariable.config.api.jwtSecret).toBe('of-the-file-0123456789');
    expect(byVariable.sources.get('api.jwt_secret')).toBe('$AUTOSCALER_API_JWT_SECRET_FILE');
    const byReference = load('api: { jwt_secret: "${JWT:?make one}" }', { JWT_FILE: secretFile });
    expect(byReference.config.api.jwtSecret).toBe('of-the-file-0123456789');
    expect(byReference.sources.get('api.jwt_secret')).toMatch(/config\.yaml \(\$JWT_FILE\)$/);
    const byKey = load('api: { jwt_secret_file: "${WHERE}" }', { WHERE: secretFile });
    expect(byKey.config.api.jwtSecret).toBe('of-the-file-0123456789');
    expect(byKey.sources.get('api.jwt_secret')).toContain(`(${secretFile})`);
  });

  it('are known by their variables, which can be removed', () => {
    const loaded = load('api: { jwt_secret: "${JWT}" }\ndatabase: { name: "${NAME}" }', {
      JWT: 'of-a-variable',
      NAME: 'no-secret',
      AUTOSCALER_DATABASE_PASSWORD: 'of-another',
      AUTOSCALER_API_PORT: '81',
    });
    expect(new Set(secretVariables(loaded))).toEqual(new Set(['JWT', 'AUTOSCALER_DATABASE_PASSWORD']));
  });

  it('contain several secrets, one per line', () => {
    writeFileSync(secretFile, 'first-key\nsecond-key\n');
    const { config } = load('', { AUTOSCALER_API_JWT_VERIFICATION_SECRETS_FILE: secretFile });
    expect(config.api.jwtVerificationSecrets).toEqual(['first-key', 'second-key']);
  });

  it('come from the environment if the configuration file names others', () => {
    const { config } = load(`api: { jwt_secret_file: ${secretFile} }`, {
      AUTOSCALER_API_JWT_SECRET: 'of-the-variable',
    });
    expect(config.api.jwtSecret).toBe('of-the-variable');
  });

  it('do not apply to keys that end in _file themselves', () => {
    const { config } = load('database: { host: db, ssl_mode: verify-ca }', {
      AUTOSCALER_DATABASE_SSL_CA_FILE: '/etc/ca.pem',
    });
    expect(config.database.sslCaFile).toBe('/etc/ca.pem');
  });

  it.each([
    [
      '',
      { AUTOSCALER_API_JWT_SECRET_FILE: '/nowhere' },
      'cannot be read from the file that $AUTOSCALER_API_JWT_SECRET_FILE names: ENOENT',
    ],
    [
      '',
      { AUTOSCALER_API_JWT_SECRET_FILE: 'FILE', AUTOSCALER_API_JWT_SECRET: 'x' },
      'AUTOSCALER_API_JWT_SECRET_FILE is set beside AUTOSCALER_API_JWT_SECRET; unset one of them',
    ],
    [
      'api: { jwt_secret: "${JWT:?make one}" }',
      { JWT_FILE: '/nowhere' },
      'cannot be read from the file that $JWT_FILE names: ENOENT',
    ],
    [
      'api: { jwt_secret: "${JWT}" }',
      { JWT_FILE: 'FILE', JWT: 'x' },
      'is set by $JWT and by $JWT_FILE; unset one of them',
    ],
    ['api: { jwt_secret_file: /nowhere }', {}, 'names a file that cannot be read: ENOENT'],
    ['api: { jwt_secret_file: FILE, jwt_secret: x }', {}, 'is set beside api.jwt_secret_file'],
    ['api: { jwt_secret_file: [a] }', {}, 'allowed is a path'],
    ['api: { port_file: FILE }', {}, 'api.port_file is not a key of the configuration'],
  ])('are reported when missing: %s %j', (yaml, env: Record<string, string>, expected) => {
    const named = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replace('FILE', secretFile)]),
    );
    const faults = faultsOf(yaml.replace('FILE', secretFile), named);
    expect(faults).toEqual([expect.stringContaining(expected)]);
    expect(faults.join()).not.toContain('of-the-file');
  });

  it('are reported when empty', () => {
    writeFileSync(secretFile, '\n');
    expect(faultsOf('', { AUTOSCALER_API_JWT_SECRET_FILE: secretFile })).toEqual([
      expect.stringContaining(`${secretFile} is empty`),
    ]);
  });
});
