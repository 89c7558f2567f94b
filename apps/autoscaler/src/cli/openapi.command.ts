import { readFile } from 'node:fs/promises';
import { configOf } from '#config';
import { OperationalError } from '../operational.error.js';
import { apiDocument } from '../swagger.js';
import { withInertService } from './inert-service.js';
import { writeText } from './write-text.js';

/**
 * `autoscaler openapi`: needs no configuration and does not listen.
 *
 * @param check compare with the file instead of writing it
 * @throws OperationalError if the file differs from the routes
 */
export async function writeApiDocument(file: string, check: boolean): Promise<void> {
  const config = configOf({
    'database.data_dir': 'memory',
    'database.migrate_on_start': false,
    'app.log_level': 'error',
  });
  await withInertService(config, async (app) => {
    const document = `${JSON.stringify(apiDocument(app), null, 2)}\n`;
    if (!check) await writeText(file, document);
    else if ((await readFile(file, 'utf8').catch(() => '')) !== document) {
      throw new OperationalError(`${file} is not what the routes say; run "npm run docs:api" and commit it`);
    }
  });
}
