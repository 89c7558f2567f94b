import { describe, expect, it } from '@jest/globals';
import { AddressGuard } from './address-guard.js';

describe('where connections may lead', () => {
  const guard = new AddressGuard(['http://127.0.0.1:9000', 'https://prometheus.example/', 'http://169.254.169.254']);

  it.each(['http://127.0.0.1:9000', 'https://prometheus.example:443/prometheus?x=1', 'HTTPS://Prometheus.Example'])(
    'is a listed server, with any path: %s',
    (url) => {
      expect(guard.faultOf(url)).toBeNull();
      expect(() => guard.checkUrl(url)).not.toThrow();
    },
  );

  it.each([
    [
      'http://127.0.0.1:9001',
      /collector\.allowed_urls: add http:\/\/127\.0\.0\.1:9001 there .* AUTOSCALER_COLLECTOR_ALLOWED_URLS, and restart/,
    ],
    ['http://prometheus.example', /collector\.allowed_urls/],
    ['https://prometheus.example.evil.test', /collector\.allowed_urls/],
    ['https://prometheus.example@evil.test', /user name or a password/],
    ['https://ada:secret@prometheus.example', /user name or a password/],
    ['file:///etc/passwd', /http or https/],
    ['prometheus.example', /http or https/],
    // Forbidden even if listed.
    ['http://169.254.169.254/latest', /link-local, metadata or unspecified/],
    ['http://2852039166', /link-local, metadata or unspecified/],
    ['http://[::ffff:a9fe:a9fe]', /link-local, metadata or unspecified/],
    ['http://[fe80::1]', /link-local, metadata or unspecified/],
    ['http://0.0.0.0:9000', /link-local, metadata or unspecified/],
    ['http://METADATA.google.internal./computeMetadata', /link-local, metadata or unspecified/],
  ])('is not %s', (url, fault) => {
    expect(guard.faultOf(url)).toMatch(fault);
    expect(() => guard.checkUrl(url)).toThrow(fault);
    expect(guard.faultOf(url)).not.toContain('secret');
  });
});
