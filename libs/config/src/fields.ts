import { isIP } from 'node:net';
import { z } from 'zod';
import { DURATION_FORM, parseDuration } from './duration.js';

/** Documentation of a key, besides its default. */
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

/** Shown instead of a secret. */
export const MASK = '********';

// Values come from YAML, or as text from the environment; each field accepts both.

/** A duration; parsed to milliseconds. */
export function duration(fallback: string, description: string, min = '0', max?: string) {
  const least = parseDuration(min);
  const most = max === undefined ? Number.POSITIVE_INFINITY : parseDuration(max);
  const bounds = [
    DURATION_FORM,
    ...(least > 0 ? [`at least ${min}`] : []),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
  return z
    .union([z.string(), z.number().transform(String)], { error: `expected ${DURATION_FORM}` })
    .transform((written, context) => {
      try {
        const ms = parseDuration(written.trim());
        if (ms >= least && ms <= most) return ms;
        context.addIssue({ code: 'custom', message: `"${written}" is too ${ms < least ? 'short' : 'long'}` });
      } catch {
        context.addIssue({ code: 'custom', message: `"${written}" is not a duration` });
      }
      return z.NEVER;
    })
    .prefault(fallback)
    .meta({ description, allowed: bounds.join(', ') });
}

/** A duration used for a timer or as a PostgreSQL timeout: both are limited to 2³¹ ms. */
export function timeout(fallback: string, description: string, min = '0') {
  return duration(fallback, description, min, '24d');
}

/** A number within `[min, max]`, an integer unless `fraction`. */
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

/** A switch whose default depends on other keys; `undefined` unless set. */
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

/** A list of secrets; also accepted as one text, separated by commas or line breaks. */
export function secrets(description: string) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' ? itemsOf(value) : Array.isArray(value) ? value.map(asText) : value),
      z.array(z.string()),
    )
    .prefault([])
    .meta({ description, allowed: 'a list of texts', secret: true });
}

/** YAML parses a secret such as `12345678` as a number. */
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

/** Rule for the items of a list. */
interface ItemRule {
  /** In the plural: `origins such as https://example.com`. */
  readonly allowed: string;
  holds(item: string): boolean;
}

export const ORIGINS: ItemRule = {
  allowed: 'origins such as https://example.com, without a path, or *',
  holds: (item) => item === '*' || (URL.canParse(item) && new URL(item).origin === item),
};

export const PROXIES: ItemRule = {
  allowed: 'addresses, networks in CIDR form, or loopback, linklocal, uniquelocal',
  holds: (item) => ['loopback', 'linklocal', 'uniquelocal'].includes(item) || isNetwork(item),
};

export const URLS: ItemRule = {
  allowed: 'http or https URLs such as http://127.0.0.1:9000, without a path or a password',
  holds: isServer,
};

export const MODULES: ItemRule = {
  allowed: 'names of npm packages, or paths of modules that begin with ./, ../ or /',
  holds: (item) => /^(\.{0,2}\/.+|(@[\w.~-]+\/)?[\w~][\w.~-]*(\/[\w./~-]+)?)$/.test(item),
};

/** A list; also accepted as one text, separated by commas. */
export function list(fallback: readonly string[], description: string, rule: ItemRule) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' ? itemsOf(value) : Array.isArray(value) ? value.flatMap(itemsOf) : value),
      z.array(
        z.string().superRefine((item, context) => {
          if (!rule.holds(item))
            context.addIssue({ code: 'custom', message: `"${withoutCredentials(item)}" is not valid` });
        }),
      ),
    )
    .prefault([...fallback])
    .meta({ description, allowed: `a list of ${rule.allowed}` });
}

function itemsOf(value: unknown): unknown[] {
  if (typeof value !== 'string') return [value];
  return value
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function isNetwork(network: string): boolean {
  const [address = '', bits, ...rest] = network.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** A server URL without path and password: clients do not use them, and errors show the whole URL to users. */
export function url(fallback: string, description: string) {
  return z.string().refine(isServer, { error: 'is not valid' }).prefault(fallback).meta({
    description,
    allowed: 'an http or https URL such as http://127.0.0.1:9000, without a path or a password',
  });
}

function isServer(item: string): boolean {
  if (!URL.canParse(item)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(item);
  return /^https?:$/.test(protocol) && pathname === '/' && username + password + search + hash === '';
}

const CREDENTIALS = /^(\w+:\/\/)[^/]*@/;

/** Removes user name and password from a URL. */
export function withoutCredentials(value: string): string {
  return value.replace(CREDENTIALS, `$1${MASK}@`);
}
