import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';

/** Violations of packages in a lock file. */
function faults(packages: object): string[] {
  const script = `
    import { faultsOf } from './scripts/check-dependencies.mjs';
    console.log(JSON.stringify(faultsOf(JSON.parse(process.argv[1]))));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, JSON.stringify({ packages })],
    { encoding: 'utf8' },
  );
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

const GOOD = { version: '1.0.0', license: 'MIT', integrity: 'sha512-abc' };

describe('a dependency', () => {
  it.each<[string, object, string[]]>([
    ['under an allowed license', {}, []],
    ['that leaves the choice of an allowed license', { license: '(GPL-3.0 OR MIT)' }, []],
    [
      'that demands another license too',
      { license: 'MIT AND GPL-3.0' },
      ['one@1.0.0 is under MIT AND GPL-3.0, which is not among the allowed licenses'],
    ],
    ['without a license', { license: undefined }, ['one@1.0.0 does not say its license']],
    ['for development only', { license: 'GPL-3.0', dev: true }, []],
    ['without a hash', { integrity: undefined }, ['one@1.0.0 has no hash']],
    [
      'from somewhere else',
      { resolved: 'https://example.com/one.tgz' },
      ['one@1.0.0 does not come from the registry: https://example.com/one.tgz'],
    ],
  ])('%s is judged', (_name, change, expected) => {
    expect(faults({ '': {}, 'node_modules/one': { ...GOOD, ...change } })).toEqual(expected);
  });
});
