import type { ProviderDefinition, z } from '../sdk/index.js';
import {
  type BoundHalf,
  type BoundProvider,
  type ClusterProvider,
  type HalfName,
  type WrittenHalf,
} from './cluster-provider.js';

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

interface UnderstoodHalf {
  readonly written: WrittenHalf;
  readonly bound: BoundHalf;
}

/** @param faults where all that is wrong is added; `null` comes back where nothing can be understood */
export function readProvider(
  definitions: Definitions,
  value: unknown,
  faults: ProviderFault[],
): UnderstoodProvider | null {
  if (!isRecord(value)) {
    faults.push({ field: '', error: 'provider must be an object' });
    return null;
  }
  const { metrics, target, ...others } = value;
  if (value['type'] !== undefined || (metrics === undefined && target === undefined))
    return readOne(definitions, value, faults);
  for (const name of Object.keys(others)) faults.push(unknownField(name));
  const both = {
    metrics: readNamed(definitions, metrics, 'metrics', faults),
    target: readNamed(definitions, target, 'target', faults),
  };
  if (both.metrics === null || both.target === null) return null;
  return {
    provider: { metrics: both.metrics.written, target: both.target.written },
    bound: { metrics: both.metrics.bound, target: both.target.bound },
  };
}

/** One provider for both halves; each takes the fields that it knows. */
function readOne(definitions: Definitions, fields: Fields, faults: ProviderFault[]): UnderstoodProvider | null {
  const definition = definitionOf(definitions, fields, '', faults);
  if (definition === null) return null;
  for (const name of ['target', 'metrics'] as const) {
    if (definition[name] !== undefined) continue;
    const error = `type ${definition.type} has no ${name}: give provider.metrics and provider.target apart`;
    faults.push({ field: 'type', error });
    return null;
  }
  refuseUnknown(definition, ['target', 'metrics'], fields, '', faults);
  const target = readHalf(definition, fields, 'target', '', faults);
  const metrics = readHalf(definition, fields, 'metrics', '', faults);
  if (target === null || metrics === null) return null;
  return {
    provider: { ...metrics.written, ...target.written },
    bound: { metrics: metrics.bound, target: target.bound },
  };
}

function readNamed(
  definitions: Definitions,
  value: unknown,
  name: HalfName,
  faults: ProviderFault[],
): UnderstoodHalf | null {
  if (!isRecord(value)) {
    faults.push({ field: name, error: `${name} must be an object with a type` });
    return null;
  }
  const definition = definitionOf(definitions, value, name, faults);
  if (definition === null) return null;
  if (definition[name] === undefined) {
    faults.push({ field: `${name}.type`, error: `type ${definition.type} has no ${name}` });
    return null;
  }
  refuseUnknown(definition, [name], value, name, faults);
  return readHalf(definition, value, name, name, faults);
}

function definitionOf(
  definitions: Definitions,
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
  const shapes = [connection, ...halves.map((name) => definition[name])].map((part) => part?.spec.shape ?? {});
  const known = new Set(['type', ...shapes.flatMap((shape) => Object.keys(shape))]);
  for (const name of Object.keys(fields)) if (!known.has(name)) faults.push(unknownField(within(parent, name)));
}

function readHalf(
  definition: ProviderDefinition,
  fields: Fields,
  name: HalfName,
  parent: string,
  faults: ProviderFault[],
): UnderstoodHalf | null {
  const connection = parse(definition.connection.spec, fields, parent, faults);
  const spec = parse(definition[name]!.spec, fields, parent, faults);
  if (connection === null || spec === null) return null;
  return {
    written: { type: definition.type, ...connection, ...spec },
    bound: { definition, connection, spec, address: definition.connection.address(connection) },
  };
}

/** Of the fields those that a schema knows. */
function parse(schema: z.ZodObject, fields: Fields, parent: string, faults: ProviderFault[]): Fields | null {
  const own = Object.entries(fields).filter(([name]) => Object.hasOwn(schema.shape, name));
  const result = schema.safeParse(Object.fromEntries(own), { reportInput: true });
  if (result.success) return result.data;
  for (const fault of faultsOf(result.error, parent)) {
    // Both halves may take the same field.
    if (!faults.some(({ field, error }) => field === fault.field && error === fault.error)) faults.push(fault);
  }
  return null;
}

/** What zod found, in the words of every other error: the name of the field, and what it must be. */
function faultsOf(error: z.ZodError, parent: string): ProviderFault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const field = path.reduce(within, parent);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(within(field, key)));
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

function unknownField(field: string): ProviderFault {
  return { field, error: `provider.${field} is not a known field` };
}

function within(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
