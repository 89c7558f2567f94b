import { writeFile } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import { configOf } from '#config';
import { AppModule } from '../app.module.js';
import { apiDocument } from '../swagger.js';

/** `autoscaler openapi`: needs no configuration and listens nowhere. */
export async function writeApiDocument(out: string): Promise<void> {
  const config = configOf({
    'database.data_dir': 'memory',
    'database.migrate_on_start': false,
    'app.log_level': 'error',
  });
  const app = await NestFactory.create(AppModule.forRoot(config), { logger: ['error'] });
  try {
    await writeFile(out, `${JSON.stringify(apiDocument(app), null, 2)}\n`);
  } finally {
    await app.close();
  }
}
