import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, type CanActivate, Controller, Get, Injectable, Module, Post } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IsOptional, IsString } from 'class-validator';
import type { Request } from 'express';
import { BodyInterceptor, BodyLimit, ErrorFilter, ForbiddenError, validationPipe } from '#http';

class TextDto {
  @IsOptional()
  @IsString()
  readonly text?: string;
}

@Controller()
class Routes {
  @Post('text')
  text(@Body() body: TextDto): TextDto {
    return body;
  }

  @Post('short')
  @BodyLimit(100)
  short(@Body() body: TextDto): TextDto {
    return body;
  }

  @Post('none')
  none(): object {
    return {};
  }

  @Get('get')
  get(): object {
    return {};
  }
}

/** Refuses requests that carry a marker. */
@Injectable()
class Guard implements CanActivate {
  canActivate(context: { switchToHttp(): { getRequest(): Request } }): boolean {
    if (context.switchToHttp().getRequest().header('x-refused') !== undefined)
      throw new ForbiddenError('refused', 'no');
    return true;
  }
}

@Module({ controllers: [Routes], providers: [{ provide: APP_GUARD, useClass: Guard }] })
class AppOfTest {}

let app: NestExpressApplication;
let url: string;
/** How many bodies were parsed. */
let parsed = 0;
const parse = JSON.parse;

beforeAll(async () => {
  app = await NestFactory.create<NestExpressApplication>(AppOfTest, { logger: false, bodyParser: false });
  app.useGlobalInterceptors(new BodyInterceptor(2048));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ErrorFilter());
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  JSON.parse = (...args: Parameters<typeof parse>): unknown => {
    parsed += 1;
    return parse(...args) as unknown;
  };
});
afterAll(async () => {
  JSON.parse = parse;
  await app.close();
});
beforeEach(() => {
  parsed = 0;
});

async function post(
  path: string,
  body: string | Buffer | undefined,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<{ status: number; body: Record<string, unknown>; parsed: number }> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  });
  const text = await response.text();
  return { status: response.status, parsed, body: parse(text) as Record<string, unknown> };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT = '{"text":"a"}';

describe('a body', () => {
  it('is parsed where a route declares one', async () => {
    expect(await post('/text', TEXT)).toEqual({ status: 201, body: { text: 'a' }, parsed: 1 });
    expect(await post('/text', TEXT, { 'content-type': 'application/merge-patch+json; charset=utf-8' })).toMatchObject({
      status: 201,
      body: { text: 'a' },
    });
    expect(await post('/text', undefined, {})).toMatchObject({ status: 201, body: {} });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'multipart/form-data; boundary=x',
    '',
  ])('of type "%s" is rejected rather than ignored', async (type) => {
    expect(await post('/text', TEXT, { 'content-type': type })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type', error: expect.stringContaining('application/json') },
      parsed: 0,
    });
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])(
    'that is compressed with %s is rejected without inflating it',
    async (type) => {
      const bomb = gzipSync(Buffer.from(JSON.stringify({ text: ' '.repeat(10_000_000) })));
      const headers = { ...JSON_TYPE, 'content-encoding': type };
      const answer = await post('/text', bomb.subarray(0, 2000), headers);
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_encoding' }, parsed: 0 });
    },
  );

  it.each([
    ['a path that leads nowhere', '/nowhere', {}, 404],
    ['a route without a body', '/none', {}, 201],
    ['a caller who is refused', '/text', { 'x-refused': 'yes' }, 403],
  ])('is not parsed for %s', async (_name, path, headers, status) => {
    for (const body of [TEXT, '{"text": ', gzipSync(TEXT)]) {
      expect(await post(path, body, { ...JSON_TYPE, ...headers })).toMatchObject({ status, parsed: 0 });
    }
  });

  it('is not parsed with a GET', async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.end(
      'GET /get HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{"a',
    );
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(parsed).toBe(0);
  });

  it('is rejected above the limit of the service or of the route', async () => {
    const of = (bytes: number): string => JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) });
    expect((await post('/text', of(2048))).status).toBe(201);
    expect(await post('/text', of(2049))).toMatchObject({ status: 413, body: { code: 'body_too_large' }, parsed: 1 });
    expect((await post('/short', of(100))).status).toBe(201);
    expect(await post('/short', of(101))).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });
});
