/** At most the first `most` characters (UTF-16) of a text, never half a code point: the database takes no halves of surrogate pairs. */
export function cut(text: string, most: number): string {
  return text
    .toWellFormed()
    .slice(0, most)
    .replace(/\p{Cs}$/u, '');
}

/** Characters of what a provider says. */
const LONGEST_LINE = 300;

/** As one line that can be stored: PostgreSQL takes no NUL, and no half of a character. */
export function lineOf(text: unknown): string {
  return cut(String(text), LONGEST_LINE).replaceAll(/\p{Cc}+/gu, ' ');
}
