import { describe, expect, it } from '@jest/globals';
import { cut } from './cut.js';

describe('a text that is cut', () => {
  it.each([
    ['short', 10, 'short'],
    ['abcdef', 3, 'abc'],
    [`${'a'.repeat(299)}😀`, 300, 'a'.repeat(299)],
    [`${'a'.repeat(298)}😀b`, 300, `${'a'.repeat(298)}😀`],
    ['a\uD83Db\uDE00', 10, 'a\uFFFDb\uFFFD'],
  ])('has no half of a character: %s', (text, most, expected) => {
    expect(cut(text, most)).toBe(expected);
    expect(cut(text, most).isWellFormed()).toBe(true);
  });
});
