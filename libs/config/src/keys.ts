import { z } from 'zod';
import { SCHEMA } from './schema.js';

/** A key of the configuration. */
export interface ConfigKey {
  /** Dotted, as in `api.cors.allowed_origins`. */
  readonly key: string;
  /** The environment variable that overrides it. */
  readonly variable: string;
  readonly description: string;
  readonly allowed: string;
  readonly secret: boolean;
  /** As written in YAML; `undefined` if the default depends on other keys. */
  readonly fallback: unknown;
}

let cached: readonly ConfigKey[] | undefined;

/** All keys, in the order of the schema. */
export function keysOf(): readonly ConfigKey[] {
  cached ??= leaves(SCHEMA, []);
  return cached;
}

/** All sections, such as `api` and `api.cors`. */
export function sectionsOf(): readonly string[] {
  const parents = keysOf().map(({ key }) => key.slice(0, key.lastIndexOf('.')));
  return [...new Set(parents)];
}

export function fieldAt(key: string): ConfigKey | undefined {
  // A fault may be inside a list: `api.cors.allowed_origins.0`.
  return keysOf().find((field) => key === field.key || key.startsWith(`${field.key}.`));
}

function leaves(schema: z.ZodType, path: readonly string[]): ConfigKey[] {
  const object = objectIn(schema);
  if (object !== undefined)
    return Object.entries(object.shape).flatMap(([name, child]) => leaves(child as z.ZodType, [...path, name]));
  const meta = schema.meta();
  return [
    {
      key: path.join('.'),
      variable: `AUTOSCALER_${path.join('_').toUpperCase()}`,
      description: meta?.description ?? '',
      allowed: meta?.allowed ?? '',
      secret: meta?.secret === true,
      fallback: schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined,
    },
  ];
}

function objectIn(schema: z.ZodType): z.ZodObject | undefined {
  const inner = schema instanceof z.ZodPrefault ? schema.def.innerType : schema;
  return inner instanceof z.ZodObject ? inner : undefined;
}
