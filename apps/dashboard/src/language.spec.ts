import { describe, expect, it } from '@jest/globals';
import { ensureLanguageTag } from './language';

describe('the language of the browser', () => {
  it.each([
    ['en-US@posix', 'en-US'],
    ['', 'en-US'],
    ['c', 'en-US'],
    ['de-CH', 'de-CH'],
    ['en', 'en'],
  ])('%j is used as %s', (language, used) => {
    const browser = Object.create({ language }) as { readonly language: string };
    ensureLanguageTag(browser);
    expect(browser.language).toBe(used);
    expect(() => new Intl.NumberFormat(browser.language)).not.toThrow();
  });
});
