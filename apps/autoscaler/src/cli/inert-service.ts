import type { INestApplication } from '@nestjs/common';
import type { AppConfig } from '#config';
import { createApplication } from '../application.js';

/** Runs `work` with the service's modules and database; nothing ticks and nothing listens. */
export async function withInertService<T>(config: AppConfig, work: (app: INestApplication) => Promise<T>): Promise<T> {
  // Silent: the caller reports what is thrown.
  const app = await createApplication(config, { logger: false });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
