import { readFile } from 'node:fs/promises';
import { exportDefinitions, importDefinitions } from '../definitions/definitions.js';
import { definitionsOf, importWorkloads, type WorkloadOptions } from '../definitions/workload-definitions.js';
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

/** `autoscaler import --kubernetes CONNECTION`: makes clusters of its workloads, or prints their definitions. */
export async function importFromConnection(
  configFile: string | undefined,
  connection: string,
  options: WorkloadOptions,
): Promise<void> {
  const { config } = loadFile(configFile);
  const result = await withInertService(config, async (app) => importWorkloads(app, connection, options));
  const { owner, imported, missing, isCut } = result;
  // Standard output is what can be kept as a file.
  const say = options.isDry ? console.error : console.log;
  if (options.isDry) process.stdout.write(definitionsOf(result));
  for (const { workload, definition, skipped, notes } of imported) {
    const { namespace, kind, name } = workload;
    if (skipped !== null) say(`skipped   ${kind} ${namespace}/${name}: ${skipped}`);
    else if (!options.isDry) say([`create    ${owner}/${definition?.name}`, ...notes].join('\n          '));
  }
  for (const right of missing) say(`left out  the right is missing to ${right}`);
  if (isCut) say('there are more workloads; name a namespace with --namespace');
  if (options.isDry) say('nothing was changed (--dry-run)');
}
