import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { guardedLookup, isForbiddenAddress, isForbiddenHost, lookupAllowed } from './forbidden-addresses.js';

const FORBIDDEN = 'the host leads to an address that may not be reached';

describe('addresses that users name', () => {
  it.each([
    ['169.254.169.254', true],
    ['::ffff:169.254.169.254', true],
    ['::ffff:a9fe:a9fe', true],
    ['::a9fe:a9fe', true],
    ['64:ff9b::169.254.169.254', true],
    ['2002:a9fe:a9fe::1', true],
    ['fe80::1', true],
    ['fe80::1%eth0', true],
    ['fd00:ec2::254', true],
    ['100.100.100.200', true],
    ['64:ff9b::6464:64c8', true],
    ['168.63.129.16', true],
    ['0.0.0.0', true],
    ['::', true],
    ['224.0.0.1', true],
    ['255.255.255.255', true],
    ['127.0.0.1', false],
    ['::1', false],
    ['10.0.0.1', false],
    ['203.0.113.7', false],
    ['2001:db8::1', false],
    ['64:ff9b::203.0.113.7', false],
    ['64:ff9b:1::a9fe:a9fe', true],
    ['64:ff9b:1:a9fe:a9:fe00::', true],
    ['64:ff9b:1:a9:fe:a9fe::', true],
    ['64:ff9b:1:7:a9:fea9:fe00:0', true],
    ['64:ff9b:1::203.0.113.7', false],
    ['::ffff:0:169.254.169.254', true],
    ['::ffff:0:203.0.113.7', false],
    ['64:ff9b::224.0.0.1', true],
    ['2001:0:a9fe:a9fe::1', true],
    ['2001:0:cb00:7107:0:0:5601:5601', true],
    ['2001:0:cb00:7107:0:0:34ff:8ef8', false],
    ['2002:cb00:7107::1', false],
    ['hooks.example.com', false],
  ])('%s is forbidden: %s', (address, expected) => {
    expect(isForbiddenAddress(address)).toBe(expected);
  });

  it.each([
    ['[::ffff:a9fe:a9fe]', true],
    ['Metadata.Google.Internal.', true],
    ['metadata.google.internal.example.com', false],
    ['[::1]', false],
  ])('%s as a host is forbidden: %s', (host, expected) => {
    expect(isForbiddenHost(host)).toBe(expected);
  });

  it.each([
    ['localhost', null],
    ['169.254.169.254', FORBIDDEN],
    ['metadata.google.internal', FORBIDDEN],
  ])('are checked when connecting: %s', async (hostname, expected) => {
    const message = await new Promise((resolve) => {
      lookupAllowed(hostname, { all: true }, (error) => resolve(error?.message ?? null));
    });
    expect(message).toBe(expected);
  });

  it.each([
    [['203.0.113.7'], null],
    [['203.0.113.7', '169.254.169.254'], FORBIDDEN],
    [['::ffff:169.254.169.254'], FORBIDDEN],
    [[], FORBIDDEN],
  ])('are all checked that a name resolves to: %j', (addresses, expected) => {
    const lookup = guardedLookup((_hostname, _options, found) =>
      found(
        null,
        addresses.map((address): LookupAddress => ({ address, family: 4 })),
      ),
    );
    let message: string | null | undefined;
    lookup('sly.example', {}, (error) => (message = error?.message ?? null));
    expect(message).toBe(expected);
  });
});
