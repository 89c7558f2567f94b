import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Controller, Delete, Get, Module } from '@nestjs/common';
import type { MiddlewareConsumer, NestModule } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ErrorFilter, IdParam } from '#http';

@Controller('things')
class Things {
  @Get('overview')
  overview(): object {
    return {};
  }

  @Get(':id')
  get(@IdParam('id') id: string): object {
    return { id };
  }

  @Delete(':id')
  remove(@IdParam('id') id: string): object {
    return { id };
  }
}

@Module({ controllers: [Things] })
class AppOfTest implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply((_request: Request, _response: Response, next: NextFunction) => next()).forRoutes('{*path}');
  }
}

let app: NestExpressApplication;
let url: string;

beforeAll(async () => {
  app = await NestFactory.create<NestExpressApplication>(AppOfTest, { logger: false, bodyParser: false });
  app.useGlobalFilters(new ErrorFilter());
  await app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(async () => app.close());

it.each([
  ['PATCH', '/things/7b0f5f4e-6e0f-4c1e-9d6f-0f9f4a3c2b1d', 405, 'DELETE, GET, HEAD'],
  ['PATCH', '/things/overview', 405, 'DELETE, GET, HEAD'],
  ['DELETE', '/things/overview', 405, 'GET, HEAD'],
  ['DELETE', '/things/7', 400, null],
  ['DELETE', '/nothing', 404, null],
])('%s %s is answered with %d', async (method, path, status, allow) => {
  const response = await fetch(`${url}${path}`, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
});
