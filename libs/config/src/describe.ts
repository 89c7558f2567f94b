import { MASK, withoutCredentials } from './fields.js';
import { type ConfigKey, keysOf } from './keys.js';
import type { LoadedConfig } from './load.js';

/** The effective configuration as YAML with masked secrets, and the source of each value as a comment. */
export function describeConfig(loaded: LoadedConfig): string {
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const { key, secret } of keysOf()) {
    const path = key.split('.');
    const sections = path.slice(0, -1);
    sections.forEach((section, depth) => {
      if (open[depth] !== section || open.length <= depth) lines.push(`${'  '.repeat(depth)}${section}:`);
    });
    open = sections;
    const value = loaded.values.get(key);
    const shown = secret && !isEmpty(value) ? MASK : value;
    lines.push(`${'  '.repeat(sections.length)}${path.at(-1)}: ${inline(shown)} # ${loaded.sources.get(key)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** All keys as Markdown, with a heading and a table per section; part of `docs/configuration.md`. */
export function documentConfig(): string {
  const sections = new Set(keysOf().map(({ key }) => sectionOf(key)));
  return [...sections]
    .map((section) => `## ${section}\n\n${table(keysOf().filter(({ key }) => sectionOf(key) === section))}`)
    .join('\n');
}

function sectionOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}

function table(keys: readonly ConfigKey[]): string {
  const rows = keys.map(({ key, variable, fallback, allowed, description, secret }) => {
    const shown = secret || fallback === undefined || fallback === '' ? '' : `\`${inline(fallback)}\``;
    const cells = [`\`${key}\``, shown, description, allowed, `\`${variable}\``];
    return `| ${cells.map((cell) => cell.replaceAll('*', '\\*')).join(' | ')} |`;
  });
  return ['| key | default | meaning | allowed | environment |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

const PLAIN = /^[\w./+-][\w./:+-]*$/;

function inline(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'string') return JSON.stringify(value);
  const shown = withoutCredentials(value);
  // Values from the environment are text; `8080` needs no quotes.
  return PLAIN.test(shown) || shown === MASK ? shown : JSON.stringify(shown);
}
