import { stringify } from 'yaml';
import { keysOf } from './keys.js';
import type { LoadedConfig } from './load.js';

const MASK = '********';

/** The effective configuration as YAML, secrets masked, with the source of each value behind it. */
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
    const shown = secret && value !== '' ? MASK : value;
    lines.push(`${'  '.repeat(sections.length)}${path.at(-1)}: ${inline(shown)} # ${loaded.sources.get(key)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A table of all keys for the documentation. */
export function documentConfig(): string {
  const rows = keysOf().map(
    ({ key, variable, fallback, allowed, description, secret }) =>
      `| \`${key}\` | \`${secret || fallback === undefined ? '' : inline(fallback)}\` | ${description} | ${allowed} | \`${variable}\` |`,
  );
  return `| key | default | meaning | allowed | environment |\n|---|---|---|---|---|\n${rows.join('\n')}\n`.replaceAll(
    '``',
    '',
  );
}

function inline(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  // What came from the environment is text; quoting `8080` would only say that.
  return typeof value === 'string' && value !== '' ? value : stringify(value).trim();
}
