import { readFile } from 'node:fs/promises';
import type { INestApplicationContext } from '@nestjs/common';
import type { Principal } from '#auth';
import type { ErrorDetail } from '#http';
import {
  type Connection,
  ConnectionRepository,
  ConnectionRules,
  ConnectionSecrets,
  ConnectionsService,
} from '#providers';
import { isRecord, stable } from './values.js';

/** Source of a secret for an import; an exported file contains no secrets. */
type Reference = { readonly env: string } | { readonly file: string };

/** A connection in a definitions file. */
export interface ConnectionDefinition {
  readonly owner: string;
  readonly name: string;
  readonly type: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly shared: boolean;
  readonly secrets: Readonly<Record<string, Reference>>;
}

/** What an import will do with a connection. */
export interface PlannedConnection {
  readonly action: 'create' | 'update' | 'unchanged';
  readonly definition: ConnectionDefinition;
  readonly owner: Principal;
  /** The connection to store. */
  readonly connection: Connection;
  /** All its secrets; `null`: unchanged. */
  readonly secrets: Readonly<Record<string, string>> | null;
}

const FIELDS = ['owner', 'name', 'type', 'spec', 'shared', 'secrets'];
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** All connections sorted by name, with references instead of secrets. */
export async function connectionsIn(
  app: INestApplicationContext,
  nameOf: (userId: string) => string,
): Promise<ConnectionDefinition[]> {
  const all = await app.get(ConnectionRepository, { strict: false }).all();
  return all
    .map(({ ownerId, name, type, spec, shared, secrets }) => ({
      owner: nameOf(ownerId),
      name,
      type,
      spec,
      shared,
      secrets: Object.fromEntries(secrets.map((secret) => [secret, { env: variableOf(name, secret) }])),
    }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * Plans the import of a file's connections.
 *
 * @param faults receives all errors, without any part of a secret
 */
export async function planConnections(
  app: INestApplicationContext,
  entries: readonly unknown[],
  owners: ReadonlyMap<string, Principal>,
  faults: string[],
): Promise<PlannedConnection[]> {
  const present = new Map(
    (await app.get(ConnectionRepository, { strict: false }).all()).map((connection) => [connection.name, connection]),
  );
  const planned: PlannedConnection[] = [];
  for (const [index, entry] of entries.entries()) {
    const where = `connections[${index}]`;
    const definition = definitionOf(entry, where, faults);
    const owner = definition === null ? undefined : owners.get(definition.owner.toLowerCase());
    if (definition === null || owner === undefined) continue;
    if (planned.some(({ connection }) => connection.name === definition.name)) {
      faults.push(`${where}: the connection ${definition.name} is there twice`);
      continue;
    }
    const one = await plan(app, definition, owner, present.get(definition.name) ?? null, where, faults);
    if (one !== null) planned.push(one);
  }
  return planned;
}

/** Stores a planned connection. The command line may share it, regardless of the owner. @throws AppError */
export async function storeConnection(app: INestApplicationContext, planned: PlannedConnection): Promise<void> {
  const { action, connection, secrets, owner } = planned;
  const { name, type, spec, shared } = connection;
  const service = app.get(ConnectionsService, { strict: false });
  const caller = { ...owner, role: 'admin', scope: 'all', ip: 'command line' } as const;
  const given = secrets === null ? {} : { secrets };
  if (action === 'create') await service.create(caller, { name, type, spec, ...given });
  if (action === 'update') await service.update(caller, name, { spec, shared, ...given });
  if (action === 'create' && shared) await service.update(caller, name, { shared });
}

async function plan(
  app: INestApplicationContext,
  definition: ConnectionDefinition,
  owner: Principal,
  known: Connection | null,
  where: string,
  faults: string[],
): Promise<PlannedConnection | null> {
  const { name, type, shared } = definition;
  if (known !== null && (known.ownerId !== owner.id || known.type !== type)) {
    faults.push(`${where}: there is a connection ${name} of another owner or type; choose another name`);
    return null;
  }
  const rules = app.get(ConnectionRules, { strict: false });
  const wrong: ErrorDetail[] = [];
  const spec = rules.readSpec(type, definition.spec, wrong);
  const stored = known === null ? new Map<string, string>() : await storedSecrets(app, known, where, faults);
  const secrets = await resolved(definition, stored, where, faults);
  if (wrong.length === 0) rules.readSecrets(type, secrets, wrong);
  faults.push(...wrong.map(({ error }) => `${where}: ${error}`));
  const isSameSecrets = stable(Object.fromEntries(stored)) === stable(secrets);
  const isSame = isSameSecrets && known?.shared === shared && stable(known.spec) === stable(spec);
  const action = known === null ? 'create' : isSame ? 'unchanged' : 'update';
  // With a new address the secrets must be given again; that alone does not count as a change of them.
  const given = known !== null && isSameSecrets && rules.addressOf({ type, spec }) === rules.addressOf(known);
  const now = new Date().toISOString();
  const connection: Connection = {
    id: known?.id ?? '',
    version: known?.version ?? 1,
    createdAt: known?.createdAt ?? now,
    updatedAt: known?.updatedAt ?? now,
    ownerId: owner.id,
    secrets: Object.keys(secrets),
    name,
    type,
    spec,
    shared,
  };
  return { action, definition, owner, connection, secrets: given ? null : secrets };
}

async function storedSecrets(
  app: INestApplicationContext,
  known: Connection,
  where: string,
  faults: string[],
): Promise<ReadonlyMap<string, string>> {
  try {
    return await app.get(ConnectionSecrets, { strict: false }).of(known);
  } catch (error) {
    faults.push(`${where}: ${(error as Error).message}`);
    return new Map();
  }
}

/** Resolves the references; an unresolvable one stays as stored. */
async function resolved(
  { secrets }: ConnectionDefinition,
  stored: ReadonlyMap<string, string>,
  where: string,
  faults: string[],
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, reference] of Object.entries(secrets)) {
    const text = (await textAt(reference)) ?? stored.get(name);
    if (text === undefined)
      faults.push(
        'env' in reference
          ? `${where}: set the variable ${reference.env} to the secret ${name}`
          : `${where}: the file ${reference.file} with the secret ${name} cannot be read`,
      );
    else texts[name] = text;
  }
  return texts;
}

async function textAt(reference: Reference): Promise<string | undefined> {
  if ('env' in reference) {
    const text = process.env[reference.env];
    return text === '' ? undefined : text;
  }
  const text = await readFile(reference.file, 'utf8').catch(() => undefined);
  // Without the line break that editors add.
  return text?.replace(/\r?\n$/, '');
}

function definitionOf(entry: unknown, where: string, faults: string[]): ConnectionDefinition | null {
  const before = faults.length;
  const fields = isRecord(entry) ? entry : {};
  for (const key of Object.keys(fields))
    if (!FIELDS.includes(key)) faults.push(`${where}: ${key} is not a known field`);
  const { owner, name, type, spec = {}, shared = false, secrets = {} } = fields;
  for (const [key, value] of Object.entries({ owner, name, type }))
    if (typeof value !== 'string' || value === '') faults.push(`${where}: ${key} must be given`);
  for (const [key, value] of Object.entries({ spec, secrets }))
    if (!isRecord(value)) faults.push(`${where}: ${key} must be an object`);
  if (typeof shared !== 'boolean') faults.push(`${where}: shared must be true or false`);
  for (const [secret, reference] of Object.entries(isRecord(secrets) ? secrets : {}))
    if (!isReference(reference))
      faults.push(
        `${where}: secrets.${secret} must say where the secret is, {env: VARIABLE} or {file: PATH}, and not what it is`,
      );
  return faults.length > before ? null : ({ owner, name, type, spec, shared, secrets } as ConnectionDefinition);
}

function isReference(value: unknown): value is Reference {
  if (!isRecord(value) || Object.keys(value).length !== 1) return false;
  const { env, file } = value;
  return (typeof env === 'string' && VARIABLE.test(env)) || (typeof file === 'string' && file !== '');
}

/** `prod-api` and `token` as `CONNECTION_PROD_API_TOKEN`. */
function variableOf(connection: string, secret: string): string {
  return `CONNECTION_${connection}_${secret}`.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase();
}
