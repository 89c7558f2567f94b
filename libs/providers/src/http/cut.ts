/** At most the first `most` characters (UTF-16) of a text, never half a code point: the database takes no halves of surrogate pairs. */
export function cut(text: string, most: number): string {
  return text
    .toWellFormed()
    .slice(0, most)
    .replace(/\p{Cs}$/u, '');
}
