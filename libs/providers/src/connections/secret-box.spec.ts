import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MasterKey, SealedError } from './secret-box.js';

const PLACE = { connectionId: 'a', name: 'token' };
const key = new MasterKey('a-key-of-the-installation-0123456789');
const other = new MasterKey('another-key-of-the-installation-01234');

describe('a sealed secret', () => {
  it('opens to the sealed text, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(key.open(key.seal(text, PLACE), PLACE)).toBe(text);
      }),
    );
  });

  it('is another one each time', () => {
    const [one, two] = [key.seal('same', PLACE), key.seal('same', PLACE)];
    expect(one.value.equals(two.value)).toBe(false);
    expect(one.wrappedKey.equals(two.wrappedKey)).toBe(false);
  });

  it('opens with its own key and in its own place only', () => {
    const sealed = key.seal('text', PLACE);
    expect(() => other.open(sealed, PLACE)).toThrow(SealedError);
    expect(() => key.open(sealed, { ...PLACE, name: 'password' })).toThrow(SealedError);
    expect(() => key.open(sealed, { ...PLACE, connectionId: 'b' })).toThrow(SealedError);
  });

  it('does not open once any byte of it has changed', () => {
    const sealed = key.seal('text', PLACE);
    for (const part of ['wrappedKey', 'value'] as const) {
      fc.assert(
        fc.property(fc.nat(sealed[part].length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const bytes = Buffer.from(sealed[part]);
          bytes[at]! ^= change;
          expect(() => key.open({ ...sealed, [part]: bytes }, PLACE)).toThrow(SealedError);
        }),
      );
    }
    expect(() => key.open({ ...sealed, value: Buffer.alloc(0) }, PLACE)).toThrow(SealedError);
  });

  it('is moved under another key without its value being touched', () => {
    const sealed = key.seal('text', PLACE);
    const moved = { ...sealed, ...other.wrap(key.unwrap(sealed, PLACE), PLACE) };
    expect(moved.value).toBe(sealed.value);
    expect(other.open(moved, PLACE)).toBe('text');
    expect(() => key.open(moved, PLACE)).toThrow(SealedError);
  });
});
