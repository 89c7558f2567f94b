import { BadRequestError } from '../app-error.js';

/** Limits of a request's structure, independent of its size in bytes. */
export interface Bounds {
  /** Keys and items, all together. */
  readonly values: number;
  /** Keys of one object: class-transformer compares each with all before it. */
  readonly keys: number;
  /** Nesting depth: recursive code must not overflow the stack. */
  readonly depth: number;
}

export const BOUNDS: Bounds = { values: 10_000, keys: 1000, depth: 32 };

const LONGEST_KEY = 200;
const OWN_BOUNDS = 'http:bounds';

/** Bodies of this class may have this many keys and items, for bulk data. */
export function MaxValues(values: number): ClassDecorator {
  return (target) => Reflect.defineMetadata(OWN_BOUNDS, { ...BOUNDS, values } satisfies Bounds, target);
}

/** @param type the class of the body, if any */
export function boundsOf(type: object | undefined): Bounds {
  const own = type === undefined ? undefined : (Reflect.getMetadata(OWN_BOUNDS, type) as Bounds | undefined);
  return own ?? BOUNDS;
}

interface CopyOptions {
  readonly bounds: Bounds;
  /** Name of the top level in errors. */
  readonly field: string;
  /** Leaves out fields that are `null`. */
  readonly withoutNulls: boolean;
}

/**
 * Copies request data. Lists and objects that are too large are refused by their size, before any of their values is read.
 *
 * @throws BadRequestError where it exceeds the limits, or holds a NUL character
 */
export function boundedCopy(value: unknown, options: CopyOptions): unknown {
  return new BoundedCopy(options).of(value, options.field, 0);
}

class BoundedCopy {
  private seen = 0;

  constructor(private readonly options: CopyOptions) {}

  of(value: unknown, field: string, depth: number): unknown {
    if (typeof value === 'string') return withoutNul(value, field);
    if (typeof value !== 'object' || value === null) return value;
    const { bounds, withoutNulls } = this.options;
    if (depth > bounds.depth) throw tooComplex(`is nested too deeply: at most ${bounds.depth} levels are allowed`);
    if (Array.isArray(value)) {
      this.count(value.length);
      return value.map((item, index) => this.of(item, within(field, String(index)), depth + 1));
    }
    const keys = Object.keys(value);
    if (keys.length > bounds.keys) throw tooComplex(`has an object of more than ${bounds.keys} fields`);
    this.count(keys.length);
    const entries: [string, unknown][] = [];
    for (const key of keys) {
      if (key.length > LONGEST_KEY) throw tooComplex(`has a field whose name is longer than ${LONGEST_KEY} characters`);
      const inner = (value as Record<string, unknown>)[key];
      if (inner !== null || !withoutNulls) entries.push([key, this.of(inner, within(field, key), depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  private count(more: number): void {
    this.seen += more;
    const { values } = this.options.bounds;
    if (this.seen > values) throw tooComplex(`has more than ${values} fields and items`);
  }
}

/** The path of a nested field. */
export function within(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`;
}

function tooComplex(why: string): BadRequestError {
  return new BadRequestError('body_too_complex', `the request ${why}`);
}

/** PostgreSQL's text has no NUL. */
function withoutNul(text: string, field: string): string {
  if (!text.includes('\0')) return text;
  const error = `${field === '' ? 'the request' : field} must not contain a NUL character`;
  throw new BadRequestError('validation_failed', error, [{ field, error }]);
}
