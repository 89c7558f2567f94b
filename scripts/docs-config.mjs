// Regenerates the tables of docs/configuration.md from the schema; the text before the first table is kept.
import { readFileSync, writeFileSync } from 'node:fs';
import { documentConfig } from '../dist/libs/config/src/index.js';

const FILE = new URL('../docs/configuration.md', import.meta.url);
const text = readFileSync(FILE, 'utf8');
const start = text.indexOf('<!-- generated');
if (start < 0) throw new Error('docs/configuration.md has lost its line `<!-- generated ... -->`');
const marker = text.slice(start, text.indexOf('\n', start));
writeFileSync(FILE, `${text.slice(0, start)}${marker}\n\n${documentConfig()}`);
