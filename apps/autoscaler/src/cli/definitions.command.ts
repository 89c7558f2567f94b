import { readFile } from 'node:fs/promises';
import { exportDefinitions, importDefinitions } from '../definitions/definitions.js';
import { OperationalError } from '../operational.error.js';
import { withInertService } from './inert-service.js';
import { loadFile } from './load.js';
import { writeText } from './write-text.js';

/** `autoscaler export`: all clusters and their policies as YAML, to a file or to standard output. */
export async function exportClusters(configFile: string | undefined, out: string | undefined): Promise<void> {
  const { config } = loadFile(configFile);
  const text = await withInertService(config, exportDefinitions);
  if (out === undefined) process.stdout.write(text);
  else await writeText(out, text);
}

/** `autoscaler import FILE`: creates and changes clusters to match the file. */
export async function importClusters(configFile: string | undefined, file: string, dryRun: boolean): Promise<void> {
  const { config } = loadFile(configFile);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new OperationalError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  });
  const steps = await withInertService(config, async (app) => importDefinitions(app, text, dryRun));
  for (const { action, kind, owner, name } of steps)
    console.log(`${action.padEnd(9)} ${kind === 'cluster' ? '' : `${kind} `}${owner}/${name}`);
  if (dryRun) console.log('nothing was changed (--dry-run)');
}
