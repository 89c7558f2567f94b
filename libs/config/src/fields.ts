import { z } from 'zod';
import { DURATION_FORM, parseDuration } from './duration.js';

/** What a key's documentation says beside its default. */
export interface FieldMeta {
  readonly description: string;
  readonly allowed: string;
  /** Never printed. */
  readonly secret: boolean;
}

declare module 'zod' {
  interface GlobalMeta {
    allowed?: string;
    secret?: boolean;
  }
}

// Values come from YAML, or as text from the environment; each field reads both.

/** A duration; milliseconds once read. */
export function duration(fallback: string, description: string, min = '0') {
  const least = parseDuration(min);
  return z
    .union([z.string(), z.number().transform(String)], { error: `expected ${DURATION_FORM}` })
    .transform((written, context) => {
      try {
        const ms = parseDuration(written.trim());
        if (ms >= least) return ms;
        context.addIssue({ code: 'custom', message: `"${written}" is too short` });
      } catch {
        context.addIssue({ code: 'custom', message: `"${written}" is not a duration` });
      }
      return z.NEVER;
    })
    .prefault(fallback)
    .meta({ description, allowed: least > 0 ? `${DURATION_FORM}, at least ${min}` : DURATION_FORM });
}

/** A number within `[min, max]`, whole unless `fraction`. */
export function number(fallback: number, min: number, max: number, description: string, fraction = false) {
  const kind = fraction ? 'a number' : 'a whole number';
  return z
    .preprocess(
      (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
      fraction ? z.number().min(min).max(max) : z.int().min(min).max(max),
    )
    .prefault(fallback)
    .meta({ description, allowed: `${kind} from ${min} to ${max}` });
}

export function flag(fallback: boolean, description: string) {
  return z
    .preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
    .prefault(fallback)
    .meta({ description, allowed: 'true or false' });
}

/** A switch whose default depends on other keys: `undefined` until somebody sets it. */
export function optionalFlag(description: string) {
  return z
    .preprocess(
      (value) => (value === 'true' ? true : value === 'false' ? false : (value ?? undefined)),
      z.boolean().optional(),
    )
    .meta({ description, allowed: 'true or false' });
}

export function text(fallback: string, description: string, allowed = 'text') {
  return z.preprocess(asText, z.string()).prefault(fallback).meta({ description, allowed });
}

export function secret(fallback: string, description: string) {
  return z.preprocess(asText, z.string()).prefault(fallback).meta({ description, allowed: 'text', secret: true });
}

/** A secret such as `12345678` is a number to YAML. */
function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : (value ?? '');
}

export function choice<const T extends readonly [string, ...string[]]>(
  values: T,
  fallback: T[number],
  description: string,
) {
  return z
    .enum(values)
    .prefault(fallback as never)
    .meta({ description, allowed: `one of ${values.join(', ')}` });
}

/** A list; in the environment its items are separated by commas. */
export function list(fallback: readonly string[], description: string, allowed: string) {
  return z
    .preprocess(
      (value) =>
        typeof value === 'string'
          ? value
              .split(',')
              .map((item) => item.trim())
              .filter((item) => item !== '')
          : (value ?? undefined),
      z.array(z.string()),
    )
    .prefault([...fallback])
    .meta({ description, allowed: `a list of ${allowed}` });
}

export function url(fallback: string, description: string) {
  return z
    .url({ protocol: /^https?$/ })
    .prefault(fallback)
    .meta({ description, allowed: 'an http or https URL' });
}
