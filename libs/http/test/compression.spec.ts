import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { request } from 'undici';
import { configOf } from '#config';
import { configureHttp, ContainsSecret } from '#http';

const THINGS = Array.from({ length: 65 }, (_, index) => ({ name: `thing ${index}`, note: 'x'.repeat(50) }));

@Controller()
class Routes {
  @Get('long')
  long(): object {
    return { things: THINGS };
  }

  @Get('short')
  short(): object {
    return { things: THINGS.slice(0, 5) };
  }

  @Get('secret')
  @ContainsSecret()
  secret(): object {
    return { things: THINGS };
  }
}

@Module({ controllers: [Routes] })
class AppOfTest {}

let app: NestExpressApplication;
let url: string;

beforeAll(async () => {
  app = await NestFactory.create<NestExpressApplication>(AppOfTest, { logger: false, bodyParser: false });
  configureHttp(app, configOf({ 'api.jwt_secret': 'only-for-these-tests-0123456789abcdef' }));
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(async () => app.close());

/** The answer as it is on the wire; `fetch` would decompress it. */
async function get(path: string, accepted?: string) {
  const { headers, body } = await request(`${url}${path}`, {
    headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
  });
  return { headers, bytes: Buffer.from(await body.arrayBuffer()) };
}

const PLAIN = Buffer.from(JSON.stringify({ things: THINGS }));

describe('an answer above 1 KB', () => {
  it.each([
    ['br', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['br;q=0, gzip', 'gzip', gunzipSync],
  ])('is compressed for a client that accepts %s', async (accepted, encoding, decompress) => {
    const { headers, bytes } = await get('/long', accepted);
    expect(headers).toMatchObject({ 'content-encoding': encoding, vary: expect.stringContaining('Accept-Encoding') });
    expect(bytes.length).toBeLessThan(PLAIN.length / 5);
    expect(decompress(bytes).equals(PLAIN)).toBe(true);
  });

  it.each([undefined, 'identity', 'zstd'])('is sent unchanged to a client that accepts %j', async (accepted) => {
    const { headers, bytes } = await get('/long', accepted);
    expect(headers['content-encoding']).toBeUndefined();
    // A cache must not give this answer to a client that accepts more, nor the other way round.
    expect(headers['vary']).toContain('Accept-Encoding');
    expect(bytes.equals(PLAIN)).toBe(true);
  });
});

it('a short answer is not compressed', async () => {
  const { headers, bytes } = await get('/short', 'br, gzip');
  expect(headers['content-encoding']).toBeUndefined();
  expect(bytes.length).toBeLessThan(1024);
});

it('an answer with a secret is not compressed, here or by a proxy, and not stored', async () => {
  const { headers, bytes } = await get('/secret', 'br, gzip');
  expect(headers['content-encoding']).toBeUndefined();
  expect(headers['cache-control']).toBe('no-store, no-transform');
  expect(bytes.equals(PLAIN)).toBe(true);
});
