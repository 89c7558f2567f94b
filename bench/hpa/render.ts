/**
 * Makes the chart of `bench/results/hpa.json` (`docs/hpa.svg`), and prints its table for documents. After a build: `node
 * dist/bench/hpa/render.js`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { chart } from './chart.js';
import { markdown } from './report.js';
import type { Run } from './run.js';

const { runs } = JSON.parse(readFileSync('bench/results/hpa.json', 'utf8')) as { readonly runs: readonly Run[] };
writeFileSync('docs/hpa.svg', chart(runs));
console.log(markdown(runs));
