import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isGuessable, isTooWide } from './strength.js';

describe('a secret', () => {
  it.each([
    'a'.repeat(48),
    'ab'.repeat(24),
    'correct horse '.repeat(4),
    'secretsecretsecretsecretsecretsec',
    'abcdefghijklmnopqrstuvwxyz0123456789',
    '0123456789012345678901234567890123',
    'zyxwvutsrqponmlkjihgfedcba987654',
    'aaaabbbbccccddddeeeeffffgggghhhh',
    '11111112',
  ])('%j is guessable', (secret) => {
    expect(isGuessable(secret)).toBe(true);
  });

  it.each<[string, () => string]>([
    ['base64', () => randomBytes(48).toString('base64')],
    ['hexadecimal', () => randomBytes(16).toString('hex')],
    ['digits', () => Array.from({ length: 32 }, () => randomInt(10)).join('')],
    ['a short password', () => randomBytes(12).toString('base64')],
  ])('at random is not: %s', (_name, make) => {
    const made = Array.from({ length: 500 }, make);
    expect(made.filter(isGuessable)).toEqual([]);
  });

  it('of digits that happen to be close to each other is not guessable', () => {
    expect(isGuessable('16644377873944234518154332343465')).toBe(false);
  });

  it('of words is not guessable', () => {
    expect(isGuessable('kdI3kd93kdmb')).toBe(false);
    expect(isGuessable('correct-horse-battery-staple-and-more')).toBe(false);
  });
});

describe('a network', () => {
  it.each([
    '0.0.0.0/0',
    '0.0.0.0/1',
    '128.0.0.0/1',
    '8.0.0.0/7',
    '::/0',
    '2000::/3',
    '::ffff:0:0/96',
    '::ffff:0.0.0.0/97',
    '::/64',
  ])('%s is too wide for a proxy', (network) => {
    expect(isTooWide(network)).toBe(true);
  });

  it.each(['10.0.0.0/8', '10.0.0.1', 'fc00::/7', '::1/128', '::1', '2001:db8::/32', '::ffff:10.0.0.0/104', 'loopback'])(
    '%s is not',
    (network) => {
      expect(isTooWide(network)).toBe(false);
    },
  );
});
