import { type ProviderDefinition, z } from '../sdk/index.js';
import { kindOf } from './connection-kinds.js';
import { HALVES, type HalfName } from './cluster-provider.js';

/** Where the API document says what a cluster's provider may be. */
export const PROVIDER_SCHEMA = '#/components/schemas/Provider';

export type JsonSchema = Readonly<Record<string, unknown>>;
/** Of JSON Schema: that of pages and tools, or that of the API document. */
type Dialect = 'draft-2020-12' | 'openapi-3.0';

const PUBLISHED = 'draft-2020-12';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** What a half of a cluster's provider takes: the type, the fields of the connection and its own; `null` where the provider has no such half. */
export function halfSchema(
  definition: ProviderDefinition,
  half: HalfName,
  dialect: Dialect = PUBLISHED,
): JsonSchema | null {
  const own = definition[half];
  return own === undefined ? null : joined(definition, [connectionFields(definition), own.spec], dialect);
}

/** What one provider for both halves takes; `null` where the provider has not both. */
export function wholeSchema(definition: ProviderDefinition, dialect: Dialect = PUBLISHED): JsonSchema | null {
  const { target, metrics } = definition;
  if (target === undefined || metrics === undefined) return null;
  return joined(definition, [connectionFields(definition), metrics.spec, target.spec], dialect);
}

/** The schemas of the API document, by name: `Provider` refers to the others. */
export function documentSchemas(definitions: readonly ProviderDefinition[]): Readonly<Record<string, JsonSchema>> {
  const named = (name: string, schema: JsonSchema | null): [string, JsonSchema][] =>
    schema === null ? [] : [[name, schema]];
  const wholes = definitions.flatMap((definition) =>
    named(`${nameOf(definition)}Provider`, wholeSchema(definition, 'openapi-3.0')),
  );
  const halves = HALVES.map((half) => ({
    half,
    schemas: definitions.flatMap((definition) =>
      named(`${nameOf(definition)}${capitalized(half)}`, halfSchema(definition, half, 'openapi-3.0')),
    ),
  }));
  const apart = {
    type: 'object',
    description: 'Metrics from one provider, servers at another.',
    required: HALVES,
    additionalProperties: false,
    properties: Object.fromEntries(halves.map(({ half, schemas }) => [half, oneOf(schemas.map(([name]) => name))])),
  };
  return {
    Provider: {
      ...oneOf([...wholes.map(([name]) => name), 'ProviderHalves']),
      description: 'What stands behind a cluster: one provider for metrics and servers, or one for each.',
    },
    ProviderHalves: apart,
    ...Object.fromEntries([...wholes, ...halves.flatMap(({ schemas }) => schemas)]),
  };
}

/** What a stored connection of a type takes. */
export function connectionSchema({ connection }: ProviderDefinition): JsonSchema {
  return { additionalProperties: false, ...schemaOf(connection.spec, PUBLISHED) };
}

/** Marks the field that names a stored connection, with the type of those that may be named. */
const MARK = 'x-connection';

/** What a cluster says of its connection: the fields themselves, or a name. */
function connectionFields(definition: ProviderDefinition): z.ZodObject {
  const { connection } = definition;
  if (connection.named !== true) return connection.spec;
  const kind = kindOf(definition);
  const name = z.string().meta({
    title: 'Connection',
    description: `the name of a stored connection of the type ${kind}`,
    [MARK]: kind,
  });
  return z.strictObject({ connection: name });
}

/** Schemas of several specs as one. Written by hand, because a plugin's specs may come from a zod of its own. */
function joined({ type, title }: ProviderDefinition, specs: readonly z.ZodObject[], dialect: Dialect): JsonSchema {
  const parts = specs.map((spec) => schemaOf(spec, dialect));
  const required = parts.flatMap((part) => part.required ?? []);
  return {
    type: 'object',
    title,
    required: ['type', ...new Set(required)],
    properties: {
      type: { type: 'string', enum: [type] },
      ...Object.assign({}, ...parts.map((part) => part.properties)),
    },
    additionalProperties: false,
  };
}

function schemaOf(spec: z.ZodObject, dialect: Dialect): ObjectSchema {
  return z.toJSONSchema(spec, {
    io: 'input',
    target: dialect,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // OpenAPI 3.0 has one example, and knows no list of them.
      if (dialect !== 'openapi-3.0' || jsonSchema.examples === undefined) return;
      const [example] = jsonSchema.examples;
      delete jsonSchema.examples;
      Object.assign(jsonSchema, { example });
    },
  }) as ObjectSchema;
}

function oneOf(names: readonly string[]): JsonSchema {
  return { oneOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) };
}

/** `aws_asg` as `AwsAsg`. */
function nameOf({ type }: ProviderDefinition): string {
  return type.split('_').map(capitalized).join('');
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
