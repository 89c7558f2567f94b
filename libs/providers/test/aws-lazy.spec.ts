import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';

/** What a Node program of its own, with the built provider, has loaded of AWS before and after a connection is opened. */
const PROGRAM = `
import Module from 'node:module';
const loaded = () => Object.keys(Module._cache).filter((file) => file.includes('@aws-sdk')).length;
const { builtInProviders } = await import('./dist/libs/providers/src/index.js');
const providers = { aws: { allowAmbient: false }, kubernetes: { allowAmbient: false } };
const all = builtInProviders({ collector: { simulatorUrl: 'http://127.0.0.1:1' }, providers });
const before = loaded();
const aws = all.find(({ type }) => type === 'aws_asg');
const connection = aws.connection.spec.parse({ region: 'eu-west-1', access_key_id: 'AKIAIOSFODNN7EXAMPLE' });
const session = await aws.open(connection, { secret: async () => 'secret', secrets: new Set(), clock: Date });
await session.close();
console.log(JSON.stringify({ before, after: loaded() > 0 }));
`;

describe('the clients of AWS', () => {
  it('are loaded when the first connection is opened, and not at the start of the service', () => {
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({ before: 0, after: true });
  });
});
