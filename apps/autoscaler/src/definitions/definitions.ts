import type { INestApplicationContext } from '@nestjs/common';
import { parse, stringify } from 'yaml';
import { type Principal, UsersService } from '#auth';
import {
  ClustersService,
  ClusterTargets,
  clusterToDto,
  CreateClusterDto,
  policyFromWire,
  policyToWire,
  ProviderRules,
  thresholdDefaults,
} from '#clusters';
import { APP_CONFIG, type AppConfig } from '#config';
import { AppError, type ErrorDetail, validationPipe } from '#http';
import { ProviderRegistry } from '#providers';
import { OperationalError } from '../operational.error.js';
import { connectionsIn, planConnections, type PlannedConnection, storeConnection } from './connection-definitions.js';
import { compare, isRecord, stable } from './values.js';

const PAGE = 1000;
/** Increased when a file of one release could be misread by another. */
export const FORMAT = 1;
export const HEAD = '# Clusters and their policies, as "autoscaler import" takes them.\n';
/** Header of a file with connections. */
const HEAD_OF_CONNECTIONS = '# It finds the secrets of connections where {env: VARIABLE} or {file: PATH} says.\n';

/** The body of `POST /clusters`; `CreateClusterDto` is the class that validates it. */
type ClusterBody = { readonly [Field in keyof CreateClusterDto]: CreateClusterDto[Field] };

/** A cluster's definition without data of one installation: as in `POST /clusters`, plus its owner. */
export interface Definition {
  readonly owner: string;
  readonly cluster: ClusterBody;
}

/** What an import does with one cluster or connection. */
export interface ImportStep {
  readonly action: 'create' | 'update' | 'unchanged';
  readonly kind: 'connection' | 'cluster';
  readonly owner: string;
  readonly name: string;
}

/**
 * All connections without secrets, and all clusters, as YAML in a fixed order, so that exports differ only where
 * definitions do.
 */
export async function exportDefinitions(app: INestApplicationContext): Promise<string> {
  const found = await existing(app);
  const clusters = found
    .map(({ owner, cluster }) => ({ owner, ...cluster }))
    .toSorted((one, other) => compare(one.owner, other.owner) || compare(one.name, other.name));
  const names = await namesOf(app);
  const connections = await connectionsIn(app, (id) => names.get(id) ?? id);
  const [head, first] = connections.length === 0 ? [HEAD, {}] : [HEAD + HEAD_OF_CONNECTIONS, { connections }];
  return (
    head + stringify({ version: FORMAT, ...first, clusters }, { sortMapEntries: false, aliasDuplicateObjects: false })
  );
}

async function namesOf(app: INestApplicationContext): Promise<ReadonlyMap<string, string>> {
  return new Map((await app.get(UsersService).list()).map(({ id, username }) => [id, username]));
}

/**
 * Changes connections and clusters to match the file: missing ones are created, those of the same owner and name are changed. Others
 * stay.
 *
 * @param dryRun return the steps without executing them
 * @throws OperationalError with all errors of the file, before anything is changed
 */
export async function importDefinitions(
  app: INestApplicationContext,
  text: string,
  dryRun: boolean,
): Promise<readonly ImportStep[]> {
  const owners = new Map<string, Principal>();
  for (const { id, username, role, scope } of await app.get(UsersService).list()) {
    owners.set(username.toLowerCase(), { id, username, role, scope });
  }
  await app.get(ProviderRules).refresh();
  const { connections, clusters: wanted } = await readFile(app, text, owners);
  const present = new Map((await existing(app)).map((known) => [keyOf(known), known]));
  refuseSharedTargets(app.get(ClusterTargets), wanted, present);
  const service = app.get(ClustersService);
  const defaults = thresholdDefaults(app.get<AppConfig>(APP_CONFIG));
  // The file may omit defaults; existing clusters have all values.
  const inFull = ({ policy, ...rest }: ClusterBody): ClusterBody =>
    policy === undefined ? rest : { ...rest, policy: policyToWire(policyFromWire(policy, defaults)) };
  const steps: ImportStep[] = [];
  for (const planned of connections) {
    const { owner, name } = planned.definition;
    steps.push({ action: planned.action, kind: 'connection', owner, name });
    if (!dryRun && planned.action !== 'unchanged')
      await orRefused(`the connection ${name}`, storeConnection(app, planned));
  }
  for (const definition of wanted) {
    const { owner, cluster } = definition;
    const caller = { ...(owners.get(owner.toLowerCase()) as Principal), ip: 'command line' };
    const known = present.get(keyOf(definition));
    const isSame = known !== undefined && sameAs(app.get(ProviderRegistry), known, inFull(cluster));
    const action = known === undefined ? 'create' : isSame ? 'unchanged' : 'update';
    steps.push({ action, kind: 'cluster', owner, name: cluster.name });
    if (dryRun || action === 'unchanged') continue;
    await orRefused(
      `${owner}/${cluster.name}`,
      known === undefined ? service.create(caller, cluster) : service.update(caller, known.id, cluster),
    );
  }
  return steps;
}

/** @throws OperationalError naming the rejected item */
async function orRefused(what: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) throw new OperationalError(`${what}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** @throws OperationalError if two clusters would have the same servers after the import */
function refuseSharedTargets(
  targets: ClusterTargets,
  wanted: readonly Definition[],
  present: ReadonlyMap<string, Known>,
): void {
  const after = new Map<string, { readonly id: string; readonly provider: ClusterBody['provider'] }>();
  for (const [key, { id, cluster }] of present) after.set(key, { id, provider: cluster.provider });
  for (const definition of wanted) {
    const key = keyOf(definition);
    // A new cluster without named servers gets its own.
    const { id, provider } = after.get(key) ?? { id: key, provider: undefined };
    after.set(key, { id, provider: definition.cluster.provider ?? provider });
  }
  const holders = new Map<string, string>();
  const faults: string[] = [];
  for (const [key, { id, provider }] of after) {
    const target = targets.keyOf({ id, provider: provider ?? { type: 'simulator' } });
    // Without the provider's plugin the target is unknown.
    if (target === null) continue;
    const other = holders.get(target);
    if (other !== undefined) faults.push(`${key} leads to the same servers as ${other} (${target})`);
    holders.set(target, key);
  }
  if (faults.length > 0) throw nothingImported(faults);
}

function nothingImported(faults: readonly string[]): OperationalError {
  return new OperationalError(`nothing was imported:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
}

interface Known extends Definition {
  readonly id: string;
}

async function existing(app: INestApplicationContext): Promise<Known[]> {
  const owners = await namesOf(app);
  const everybody: Principal = { id: '', username: '', role: 'admin', scope: 'all' };
  const found: Known[] = [];
  for (let cursor: string | undefined; ;) {
    const { rows, nextCursor } = await app
      .get(ClustersService)
      .list(everybody, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const row of rows.map(clusterToDto)) {
      const { id, owner_id: ownerId, name, min_servers, max_servers, policy, provider, config, cost, status } = row;
      const cluster: ClusterBody = {
        name,
        min_servers,
        max_servers,
        policy,
        // The cluster has another id elsewhere, but the same servers.
        provider: app.get(ProviderRegistry).named({ id, provider }),
        config,
        cost: cost ?? {},
        status: status === 'paused' ? 'paused' : 'active',
      };
      found.push({ id, owner: owners.get(ownerId) ?? ownerId, cluster });
    }
    if (nextCursor === undefined) return found;
    cursor = nextCursor;
  }
}

interface FileOfDefinitions {
  readonly connections: readonly PlannedConnection[];
  readonly clusters: readonly Definition[];
}

async function readFile(
  app: INestApplicationContext,
  text: string,
  owners: ReadonlyMap<string, Principal>,
): Promise<FileOfDefinitions> {
  const content = yamlOf(text);
  const { version, connections = [], clusters } = isRecord(content) ? content : {};
  if (version !== FORMAT || !Array.isArray(clusters) || !Array.isArray(connections)) {
    throw new OperationalError(
      `the file must say "version: ${FORMAT}" and have a list of clusters, as "autoscaler export" writes it`,
    );
  }
  refuseStrangers([...(connections as unknown[]), ...(clusters as unknown[])], owners);
  const faults: string[] = [];
  const planned = await planConnections(app, connections, owners, faults);
  const byName = new Map(planned.map(({ connection }) => [connection.name, connection]));
  const read: ReadProvider = (provider, ownerId, wrong) =>
    app.get(ProviderRules).read(provider, ownerId, wrong, byName);
  const definitions = await readClusters(clusters, owners, read, faults);
  if (faults.length > 0) throw nothingImported(faults);
  return { connections: planned, clusters: definitions };
}

type ReadProvider = (...given: Parameters<ProviderRules['read']>) => ReturnType<ProviderRules['read']>;

async function readClusters(
  entries: readonly unknown[],
  owners: ReadonlyMap<string, Principal>,
  readProvider: ReadProvider,
  faults: string[],
): Promise<readonly Definition[]> {
  const definitions: Definition[] = [];
  for (const [index, entry] of entries.entries()) {
    const where = `clusters[${index}]`;
    const { owner, ...body } = isRecord(entry) ? entry : {};
    if (typeof owner !== 'string' || owner === '') faults.push(`${where}: owner must be the name of an account`);
    const read = (await validationPipe()
      .transform(body, { type: 'body', metatype: CreateClusterDto })
      .catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        faults.push(...(error.details ?? []).map(({ error: problem }) => `${where}: ${problem}`));
      })) as CreateClusterDto | undefined;
    if (read === undefined || typeof owner !== 'string') continue;
    const wrong: ErrorDetail[] = [];
    const { provider } = read;
    const cluster: ClusterBody = read;
    const ownerId = owners.get(owner.toLowerCase())?.id ?? '';
    const understood = provider === undefined ? {} : { provider: readProvider(provider, ownerId, wrong) };
    faults.push(...wrong.map(({ error }) => `${where}: ${error}`));
    definitions.push({ owner, cluster: { ...cluster, ...understood } });
  }
  const keys = definitions.map(keyOf);
  for (const [index, key] of keys.entries()) if (keys.indexOf(key) !== index) faults.push(`${key} is there twice`);
  return definitions;
}

/** @throws OperationalError naming owners without an account */
function refuseStrangers(entries: readonly unknown[], owners: ReadonlyMap<string, Principal>): void {
  const named = entries.flatMap((entry) =>
    isRecord(entry) && typeof entry['owner'] === 'string' ? [entry['owner']] : [],
  );
  const strangers = [...new Set(named)].filter((owner) => owner !== '' && !owners.has(owner.toLowerCase()));
  if (strangers.length === 0) return;
  throw new OperationalError(`there is no account of the owners ${strangers.join(', ')}; make it first (POST /users)`);
}

/** @throws OperationalError with the error in the text */
function yamlOf(text: string): unknown {
  try {
    // An alias without its anchor fails only here.
    return parse(text);
  } catch (error) {
    throw new OperationalError(`the file is not valid YAML: ${(error as Error).message}`, { cause: error });
  }
}

/** Fields that the file omits stay unchanged. */
function sameAs(providers: ProviderRegistry, { id, cluster: known }: Known, wanted: ClusterBody): boolean {
  const { provider } = wanted;
  const meant = provider === undefined ? wanted : { ...wanted, provider: providers.named({ id, provider }) };
  return Object.entries(meant).every(
    ([key, value]) => value === undefined || stable(known[key as keyof ClusterBody]) === stable(value),
  );
}

function keyOf({ owner, cluster }: Definition): string {
  return `${owner.toLowerCase()}/${cluster.name.toLowerCase()}`;
}
