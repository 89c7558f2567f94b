import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { originCheck } from './origins.js';

function from(headers: IncomingHttpHeaders, remoteAddress = '10.0.0.1', encrypted = false): IncomingMessage {
  return { headers: { host: 'scaler.example:8443', ...headers }, socket: { remoteAddress, encrypted } } as never;
}

describe('the origin of a request', () => {
  const check = originCheck(['https://page.example'], ['10.0.0.0/8']);

  it.each([
    ['none', {}, true],
    ['listed', { origin: 'https://page.example' }, true],
    ['listed with another scheme', { origin: 'http://page.example' }, false],
    ['ours', { origin: 'http://scaler.example:8443' }, true],
    ['ours, written otherwise', { origin: 'http://Scaler.Example:8443' }, true],
    ['ours with another scheme', { origin: 'https://scaler.example:8443' }, false],
    ['ours with another port', { origin: 'http://scaler.example' }, false],
    ['ours with a path', { origin: 'http://scaler.example:8443/x' }, false],
    ['unknown', { origin: 'null' }, false],
  ])('that is %s', (_name, headers, allowed) => {
    expect(check(from(headers))).toBe(allowed);
  });

  it('has the scheme of the client behind a trusted proxy', () => {
    const proxied = { 'x-forwarded-proto': 'https' };
    expect(check(from({ ...proxied, origin: 'https://scaler.example:8443' }))).toBe(true);
    expect(check(from({ ...proxied, origin: 'http://scaler.example:8443' }))).toBe(false);
    expect(check(from({ ...proxied, origin: 'https://scaler.example:8443' }, '203.0.113.9'))).toBe(false);
  });

  it('has the scheme of its own connection', () => {
    expect(check(from({ origin: 'https://scaler.example:8443' }, '203.0.113.9', true))).toBe(true);
    expect(check(from({ origin: 'http://scaler.example:8443' }, '203.0.113.9', true))).toBe(false);
  });
});
