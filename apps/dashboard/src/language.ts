/** Of the numbers and dates of charts where the browser names no usable language. */
const FALLBACK = 'en-US';

/**
 * Replaces a language of the browser that is no language tag, such as `en-US@posix` of a Chromium without a locale:
 * charts cannot be loaded with it.
 */
export function ensureLanguageTag(browser: { readonly language: string }): void {
  try {
    Intl.getCanonicalLocales(browser.language);
  } catch {
    Object.defineProperty(browser, 'language', { value: FALLBACK, configurable: true });
  }
}
