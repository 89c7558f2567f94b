import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import type { AppConfig } from '#config';
import { AppModule } from '../app.module.js';

/** The service's parts with its database, created and not started: nothing ticks and nothing listens. */
export async function withInertService<T>(config: AppConfig, work: (app: INestApplication) => Promise<T>): Promise<T> {
  // Whatever fails is thrown, and told once, by whoever called.
  const app = await NestFactory.create(AppModule.forRoot(config), { logger: false, abortOnError: false });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
