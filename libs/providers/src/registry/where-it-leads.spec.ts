import { describe, expect, it } from '@jest/globals';
import { pathOf, whereItLeads } from './where-it-leads.js';

describe('where a URL leads', () => {
  it.each([
    [
      '127.0.0.1:9000',
      [
        'http://127.0.0.1:9000',
        'http://localhost:9000',
        'HTTP://LocalHost:9000/',
        'http://localhost.:9000',
        'http://sim.localhost:9000',
        'http://127.1:9000',
        'http://0x7f000001:9000',
        'http://2130706433:9000',
        'http://0.0.0.0:9000',
        'http://[::1]:9000',
        'http://[0:0:0:0:0:0:0:1]:9000/metrics',
        'http://[::]:9000',
        'http://[::ffff:127.0.0.1]:9000',
        'https://user:secret@localhost:9000/?x=1',
      ],
    ],
    ['sim.example:80', ['http://sim.example', 'http://SIM.example:80/', 'http://sim.example./a/b']],
    ['sim.example:443', ['https://sim.example', 'https://sim.example:443']],
    ['[2001:db8::1]:80', ['http://[2001:DB8::1]', 'http://[2001:0db8:0:0::0001]:80/']],
    ['192.0.2.7:9000', ['http://192.0.2.7:9000', 'http://[::ffff:c000:207]:9000', 'http://3221225991:9000']],
  ])('is %s for every way of writing it', (expected, urls) => {
    expect(urls.map((url) => [url, whereItLeads(url)])).toEqual(urls.map((url) => [url, expected]));
  });

  it('tells endpoints apart that differ', () => {
    const urls = [
      'http://a:9000',
      'http://b:9000',
      'http://a:9001',
      'http://a',
      'http://127.0.0.2:9000',
      'http://[::2]:9000',
    ];
    expect(new Set(urls.map(whereItLeads)).size).toBe(urls.length);
  });
});

describe('the path of a URL', () => {
  it.each([
    ['', ['https://a', 'https://a/', 'https://a//', 'https://a/?x=1', 'https://a/b/..']],
    [
      '/k8s/clusters/c-1',
      [
        'https://a/k8s/clusters/c-1',
        'https://a/k8s/clusters/c-1/',
        'https://a//k8s/clusters//c-1//?x=1#y',
        'https://a/k8s/./x/../clusters/c-1',
        'https://a/k8s/%63lusters/c%2D1',
        'https://a/k8s/x%2f..%2Fclusters/c-1',
        'https://a\\k8s\\clusters\\c-1',
      ],
    ],
    ['/k8s/clusters/c-2', ['https://a/k8s/clusters/c-2']],
    ['/100%', ['https://a/100%', 'https://a/100%/']],
  ])('is "%s" for every way of writing it', (expected, urls) => {
    expect(urls.map((url) => [url, pathOf(url)])).toEqual(urls.map((url) => [url, expected]));
  });
});
