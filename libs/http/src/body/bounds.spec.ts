import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BadRequestError } from '../app-error.js';
import { type Bounds, boundedCopy, BOUNDS } from './bounds.js';

const SMALL: Bounds = { values: 40, keys: 8, depth: 4 };

function copy(value: unknown, bounds: Bounds = SMALL, withoutNulls = false): unknown {
  return boundedCopy(value, { bounds, field: '', withoutNulls });
}

/** Counts how often a value within `value` is read. */
function watched<T extends object>(value: T): { readonly value: T; readonly reads: () => number } {
  let reads = 0;
  const watch = <U extends object>(inner: U): U =>
    new Proxy(inner, {
      get: (target, key): unknown => {
        const found: unknown = Reflect.get(target, key);
        if (Object.hasOwn(target, key) && key !== 'length') reads += 1;
        return typeof found === 'object' && found !== null ? watch(found) : found;
      },
    });
  return { value: watch(value), reads: () => reads };
}

function outcomeOf(work: () => unknown): { readonly copy: unknown } | { readonly status: number } {
  try {
    return { copy: work() };
  } catch (error) {
    if (!(error instanceof BadRequestError)) throw error;
    return { status: error.status };
  }
}

interface Size {
  readonly values: number;
  readonly keys: number;
  readonly depth: number;
}

/** A naive reference implementation of the bounded measures. */
function sizeOf(value: unknown, depth = 0): Size {
  if (typeof value !== 'object' || value === null) return { values: 0, keys: 0, depth: -1 };
  const inner = Object.values(value).map((each) => sizeOf(each, depth + 1));
  return {
    values: inner.length + inner.reduce((sum, { values }) => sum + values, 0),
    keys: Math.max(Array.isArray(value) ? 0 : inner.length, ...inner.map(({ keys }) => keys)),
    depth: Math.max(depth, ...inner.map((each) => each.depth)),
  };
}

const name = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('__proto__', 'constructor', 'toString', 'length'));
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: 'large', withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1.5, 'a', ''),
    fc.array(tie('value'), { maxLength: 14 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 12 }).map((entries) => Object.fromEntries(entries) as unknown),
  ),
})).value;

describe("limits of a request's structure", () => {
  it('keep what is within them unchanged, and reject anything else with a 400', () => {
    fc.assert(
      fc.property(json, (value) => {
        const size = sizeOf(value);
        const fits = size.values <= SMALL.values && size.keys <= SMALL.keys && size.depth <= SMALL.depth;
        expect(outcomeOf(() => copy(value))).toEqual(fits ? { copy: value } : { status: 400 });
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  it('read no more values than they allow', () => {
    fc.assert(
      fc.property(json, (value) => {
        if (typeof value !== 'object' || value === null) return;
        const { value: seen, reads } = watched(value);
        outcomeOf(() => copy(seen));
        expect(reads()).toBeLessThanOrEqual(SMALL.values);
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it.each([
    ['20,000 fields', Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, n])), /1000 fields/],
    ['100,000 items', { windows: Array.from({ length: 100_000 }, () => ({})) }, /10000 fields and items/],
    ['a name of 201 characters', { ['k'.repeat(201)]: 1 }, /longer than 200 characters/],
  ])('refuse %s before their values are looked at', (_name, body, message) => {
    const { value, reads } = watched(body);
    expect(() => copy(value, BOUNDS)).toThrow(message);
    expect(reads()).toBeLessThanOrEqual(1);
  });

  it('remove fields that are null, and keep null in lists', () => {
    expect(copy({ a: null, b: [null, { c: null }] }, SMALL, true)).toEqual({ b: [null, {}] });
    expect(copy({ a: null })).toEqual({ a: null });
  });

  it('name the field with a character that the database cannot store', () => {
    expect(() => copy({ a: [{ b: 'x\0' }] })).toThrow(
      expect.objectContaining({ details: [{ field: 'a.0.b', error: 'a.0.b must not contain a NUL character' }] }),
    );
  });
});
