import type { Connection } from '../connections/connection.js';
import { type ProviderDefinition, ProviderError, type z } from '../sdk/index.js';
import type {
  BoundConnection,
  BoundHalf,
  BoundProvider,
  ClusterProvider,
  HalfName,
  WrittenHalf,
} from './cluster-provider.js';
import { kindOf } from './connection-kinds.js';

/** One field of a provider that is wrong, and why. */
export interface ProviderFault {
  /** Dotted, within the provider; empty: the provider itself. */
  readonly field: string;
  readonly error: string;
}

/** What a person wrote of a provider, and what it means. */
export interface UnderstoodProvider {
  readonly provider: ClusterProvider;
  readonly bound: BoundProvider;
}

type Fields = Readonly<Record<string, unknown>>;
type Definitions = ReadonlyMap<string, ProviderDefinition>;

/** What a provider is read with: the kinds of providers, and the stored connections that may be named. */
export interface Known {
  readonly definitions: Definitions;
  connection(name: string): Connection | undefined;
}

/** Where a request says what is read. */
const ROOT = 'provider';
const SPEC = 'spec';

interface UnderstoodHalf {
  readonly written: WrittenHalf;
  readonly bound: BoundHalf;
}

/** @param faults where all that is wrong is added; `null` comes back where nothing can be understood */
export function readProvider(known: Known, value: unknown, faults: ProviderFault[]): UnderstoodProvider | null {
  if (!isRecord(value)) {
    faults.push({ field: '', error: 'provider must be an object' });
    return null;
  }
  const { metrics, target, ...others } = value;
  if (value['type'] !== undefined || (metrics === undefined && target === undefined))
    return readOne(known, value, faults);
  for (const name of Object.keys(others)) faults.push(unknownField(name));
  const both = {
    metrics: readNamed(known, metrics, 'metrics', faults),
    target: readNamed(known, target, 'target', faults),
  };
  if (both.metrics === null || both.target === null) return null;
  return {
    provider: { metrics: both.metrics.written, target: both.target.written },
    bound: { metrics: both.metrics.bound, target: both.target.bound },
  };
}

/** One provider for both halves; each takes the fields that it knows. */
function readOne(known: Known, fields: Fields, faults: ProviderFault[]): UnderstoodProvider | null {
  const definition = definitionOf(known, fields, '', faults);
  if (definition === null) return null;
  for (const name of ['target', 'metrics'] as const) {
    if (definition[name] !== undefined) continue;
    const error = `type ${definition.type} has no ${name}: give provider.metrics and provider.target apart`;
    faults.push({ field: 'type', error });
    return null;
  }
  refuseUnknown(definition, ['target', 'metrics'], fields, '', faults);
  const target = readHalf(known, definition, fields, 'target', '', faults);
  const metrics = readHalf(known, definition, fields, 'metrics', '', faults);
  if (target === null || metrics === null) return null;
  return {
    provider: { ...metrics.written, ...target.written },
    bound: { metrics: metrics.bound, target: target.bound },
  };
}

function readNamed(known: Known, value: unknown, name: HalfName, faults: ProviderFault[]): UnderstoodHalf | null {
  if (!isRecord(value)) {
    faults.push({ field: name, error: `${name} must be an object with a type` });
    return null;
  }
  const definition = definitionOf(known, value, name, faults);
  if (definition === null) return null;
  if (definition[name] === undefined) {
    faults.push({ field: `${name}.type`, error: `type ${definition.type} has no ${name}` });
    return null;
  }
  refuseUnknown(definition, [name], value, name, faults);
  return readHalf(known, definition, value, name, name, faults);
}

function definitionOf(
  { definitions }: Known,
  { type }: Fields,
  parent: string,
  faults: ProviderFault[],
): ProviderDefinition | null {
  const definition = typeof type === 'string' ? definitions.get(type) : undefined;
  if (definition !== undefined) return definition;
  const error = `type must be one of the following values: ${[...definitions.keys()].sort().join(', ')}`;
  faults.push({ field: within(parent, 'type'), error });
  return null;
}

function refuseUnknown(
  { connection, ...definition }: ProviderDefinition,
  halves: readonly HalfName[],
  fields: Fields,
  parent: string,
  faults: ProviderFault[],
): void {
  const own = connection.named === true ? ['connection'] : Object.keys(connection.spec.shape);
  const shapes = halves.map((name) => definition[name]?.spec.shape ?? {});
  const taken = new Set(['type', ...own, ...shapes.flatMap((shape) => Object.keys(shape))]);
  for (const name of Object.keys(fields).filter((field) => !taken.has(field))) {
    const field = within(parent, name);
    const isOfConnection = connection.named === true && Object.hasOwn(connection.spec.shape, name);
    faults.push(
      isOfConnection
        ? { field, error: `${name} belongs to a stored connection; name one in connection instead` }
        : unknownField(field),
    );
  }
}

function readHalf(
  known: Known,
  definition: ProviderDefinition,
  fields: Fields,
  name: HalfName,
  parent: string,
  faults: ProviderFault[],
): UnderstoodHalf | null {
  const { type, connection } = definition;
  const reached =
    connection.named === true
      ? readStored(known, definition, fields, parent, faults)
      : readInline(definition, fields, parent, faults);
  const parsed = parse(definition[name]!.spec, fields, parent, faults);
  const spec = parsed === null || name === 'target' ? parsed : expanded(definition, parsed, parent, faults);
  if (reached === null || spec === null) return null;
  const writes = reached.stored === null ? reached.connection : { connection: reached.stored.name };
  return { written: { type, ...writes, ...spec }, bound: { ...reached, spec } };
}

function readInline(
  definition: ProviderDefinition,
  fields: Fields,
  parent: string,
  faults: ProviderFault[],
): BoundConnection | null {
  const connection = parse(definition.connection.spec, fields, parent, faults);
  return connection === null
    ? null
    : { definition, connection, address: definition.connection.address(connection), stored: null };
}

function readStored(
  known: Known,
  definition: ProviderDefinition,
  { connection: name }: Fields,
  parent: string,
  faults: ProviderFault[],
): BoundConnection | null {
  const kind = kindOf(definition);
  const refuse = (error: string): null => {
    const field = within(parent, 'connection');
    // Both halves may name the same one.
    if (!faults.some((fault) => fault.field === field)) faults.push({ field, error });
    return null;
  };
  if (typeof name !== 'string' || name === '')
    return refuse(`connection must name a stored connection of the type ${kind}; make one with POST /connections`);
  const stored = known.connection(name);
  if (stored?.type !== kind)
    return refuse(
      `there is no connection "${name}" of the type ${kind} that the owner of this cluster may use; make one with POST /connections, or have an admin share it`,
    );
  const bound = bindStored(definition, stored);
  return 'error' in bound ? refuse(bound.error) : bound;
}

/** A stored connection as a provider of its kind understands it, or why it does not. */
export function bindStored(
  definition: ProviderDefinition,
  stored: Connection,
): BoundConnection | { readonly error: string } {
  const faults: ProviderFault[] = [];
  const connection = readSpec(definition.connection.spec, stored.spec, faults);
  if (connection === null)
    return {
      error: `the provider does not take what is stored of the connection "${stored.name}": ${faults.map(({ error }) => error).join('; ')}`,
    };
  return { definition, connection, address: definition.connection.address(connection), stored };
}

/** The `spec` of a stored connection, of which a schema must know every field. */
export function readSpec(schema: z.ZodObject, fields: Fields, faults: ProviderFault[]): Fields | null {
  for (const name of Object.keys(fields))
    if (!Object.hasOwn(schema.shape, name)) faults.push(unknownField(within(SPEC, name), ''));
  return parse(schema, fields, SPEC, faults, '');
}

function expanded(
  { metrics }: ProviderDefinition,
  spec: Fields,
  parent: string,
  faults: ProviderFault[],
): Fields | null {
  try {
    return metrics?.expand?.(spec) ?? spec;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    faults.push({ field: parent, error: error.message });
    return null;
  }
}

/** Of the fields those that a schema knows. */
function parse(
  schema: z.ZodObject,
  fields: Fields,
  parent: string,
  faults: ProviderFault[],
  root = ROOT,
): Fields | null {
  const own = Object.entries(fields).filter(([name]) => Object.hasOwn(schema.shape, name));
  const result = schema.safeParse(Object.fromEntries(own), { reportInput: true });
  if (result.success) return result.data;
  for (const fault of faultsOf(result.error, parent, root)) {
    // Both halves may take the same field.
    if (!faults.some(({ field, error }) => field === fault.field && error === fault.error)) faults.push(fault);
  }
  return null;
}

/** What zod found, in the words of every other error: the name of the field, and what it must be. */
function faultsOf(error: z.ZodError, parent: string, root: string): ProviderFault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const field = path.reduce(within, parent);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(within(field, key), root));
    return [{ field, error: `${path.at(-1) ?? 'provider'} ${demandOf(issue)}` }];
  });
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

function demandOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'must be given' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small')
    return issue.origin === 'number'
      ? `must not be less than ${issue.minimum}`
      : `must have at least ${issue.minimum} ${unitOf(issue.origin)}`;
  if (issue.code === 'too_big')
    return issue.origin === 'number'
      ? `must not be greater than ${issue.maximum}`
      : `must have at most ${issue.maximum} ${unitOf(issue.origin)}`;
  if (issue.code === 'invalid_value')
    return `must be one of the following values: ${issue.values.map(String).join(', ')}`;
  return issue.message.startsWith('must') ? issue.message : `is not valid: ${issue.message}`;
}

function unitOf(origin: string): string {
  return origin === 'string' ? 'characters' : 'elements';
}

function unknownField(field: string, root = ROOT): ProviderFault {
  return { field, error: `${within(root, field)} is not a known field` };
}

function within(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
