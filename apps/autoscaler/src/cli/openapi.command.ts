import { readFile, writeFile } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import { configOf } from '#config';
import { AppModule } from '../app.module.js';
import { OperationalError } from '../operational.error.js';
import { apiDocument } from '../swagger.js';

/**
 * `autoscaler openapi`: needs no configuration and listens nowhere.
 *
 * @param check compare with the file instead of writing it
 * @throws OperationalError when the file is not what the routes say
 */
export async function writeApiDocument(file: string, check: boolean): Promise<void> {
  const config = configOf({
    'database.data_dir': 'memory',
    'database.migrate_on_start': false,
    'app.log_level': 'error',
  });
  const app = await NestFactory.create(AppModule.forRoot(config), { logger: ['error'] });
  try {
    const document = `${JSON.stringify(apiDocument(app), null, 2)}\n`;
    if (!check) await writeFile(file, document);
    else if ((await readFile(file, 'utf8').catch(() => '')) !== document) {
      throw new OperationalError(`${file} is not what the routes say; run "npm run docs:api" and commit it`);
    }
  } finally {
    await app.close();
  }
}
