import { describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../options.js';
import { parseArguments, UsageError } from './arguments.js';

describe('parseArguments', () => {
  it('listens on loopback, port 9000, in real time, by default', () => {
    expect(parseArguments([])).toEqual({ help: false, host: '127.0.0.1', port: 9000, options: DEFAULT_OPTIONS });
  });

  it('accepts one dash, as in the guide, as well as two', () => {
    for (const argv of [['-port', '9001'], ['--port', '9001'], ['-port=9001'], ['--port=9001']]) {
      expect(parseArguments(argv).port).toBe(9001);
    }
  });

  it('accepts every option', () => {
    const argv =
      '--host 0.0.0.0 --speed 60 --seed 7 --provisioning 90s..150s --draining 10s --state a.json --traces t'.split(' ');
    expect(parseArguments(argv)).toMatchObject({
      host: '0.0.0.0',
      options: {
        speed: 60,
        seed: 7,
        provisioning: { kind: 'uniform', minMs: 90_000, maxMs: 150_000 },
        draining: { kind: 'fixed', ms: 10_000 },
        stateFile: 'a.json',
        tracesFolder: 't',
      },
    });
    expect(parseArguments(['-h']).help).toBe(true);
    expect(parseArguments(['--seed=-3']).options.seed).toBe(-3);
  });

  it.each([
    [['--prot', '1'], "Unknown option '--prot'"],
    [['-prot', '1'], "Unknown option '--prot'"],
    [['9000'], "Unexpected argument '9000'"],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--port', 'http'], '--port: "http" is not a port from 0 to 65535'],
    [['--port', ''], '--port: "" is not a port from 0 to 65535'],
    [['--speed', '0'], '--speed: "0" is not a number above 0'],
    [['--seed', '1.5'], '--seed: "1.5" is not a whole number'],
    [['--provisioning', 'quick'], '--provisioning: "quick" must be 120s (always)'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(message);
  });
});
