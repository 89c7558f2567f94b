import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AppConfig } from '#config';
import { DatabaseHandle } from '#database';
import { AppModule } from './app.module.js';

/**
 * Creates the service's modules with the database, without starting them: nothing ticks and nothing listens.
 *
 * @throws the error of a module that cannot be built, after closing the database, which would keep the process alive
 */
export async function createApplication(
  config: AppConfig,
  options: NestApplicationOptions,
): Promise<NestExpressApplication> {
  const database = new DatabaseHandle();
  try {
    return await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config, database), {
      ...options,
      abortOnError: false,
    });
  } catch (error) {
    await database.close();
    throw error;
  }
}
