import { describe, expect, it } from '@jest/globals';
import { isForbiddenAddress, lookupAllowed } from './forbidden-addresses.js';

describe('addresses that users name', () => {
  it.each([
    ['169.254.169.254', true],
    ['::ffff:169.254.169.254', true],
    ['fe80::1', true],
    ['fd00:ec2::254', true],
    ['100.100.100.200', true],
    ['0.0.0.0', true],
    ['::', true],
    ['224.0.0.1', true],
    ['255.255.255.255', true],
    ['127.0.0.1', false],
    ['10.0.0.1', false],
    ['203.0.113.7', false],
    ['2001:db8::1', false],
    ['hooks.example.com', false],
  ])('%s is forbidden: %s', (address, expected) => {
    expect(isForbiddenAddress(address)).toBe(expected);
  });

  it.each([
    ['localhost', null],
    ['169.254.169.254', 'the host leads to an address that may not be reached'],
  ])('are checked when connecting: %s', async (hostname, expected) => {
    const message = await new Promise((resolve) => {
      lookupAllowed(hostname, { all: true }, (error) => resolve(error?.message ?? null));
    });
    expect(message).toBe(expected);
  });
});
