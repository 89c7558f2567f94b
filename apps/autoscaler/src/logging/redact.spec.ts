import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redact } from './redact.js';

describe('a logged object', () => {
  it.each(['password', 'jwtSecret', 'jwt_secret', 'Authorization', 'set-cookie', 'auth_token', 'apiKey', 'dbPassword'])(
    'has no %s, at any depth',
    (key) => {
      fc.assert(
        fc.property(fc.string({ minLength: 12 }), fc.nat({ max: 30 }), (secret, depth) => {
          let value: Record<string, unknown> = { [key]: secret };
          for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? { inner: value } : { list: [value] };
          const [logged, ...others] = flatten(redact(value));
          // Values nested deeper than anything logged on purpose are removed completely.
          expect(['[redacted]', '[too deep]']).toContain(logged);
          expect(others).toEqual([]);
        }),
      );
    },
  );

  it('shows that a secret was removed, up to the depth that is logged on purpose', () => {
    expect(redact({ a: { b: { c: { d: [{ password: 'x' }] } } } })).toEqual({
      a: { b: { c: { d: [{ password: '[redacted]' }] } } },
    });
  });

  it('is otherwise unchanged, and so is the original', () => {
    const original = { user: 'ada', nested: { count: 3, password: 'x' } };
    expect(redact(original)).toEqual({ user: 'ada', nested: { count: 3, password: '[redacted]' } });
    expect(original.nested.password).toBe('x');
  });
});

function flatten(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(flatten);
}
