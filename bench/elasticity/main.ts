/**
 * How well the service level is kept and at what cost, on every trace of a folder, for two provisioning times, in one
 * untouched configuration. `npm run bench:elasticity [-- --traces FOLDER]`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measure, PROMISE, type Row } from './measure.js';
import { summarise, table } from './report.js';
import { readTraces } from './traces.js';

const RESULTS = resolve('bench/results');
const PROVISION_SECONDS = [120, 300];

const { values } = parseArgs({ options: { traces: { type: 'string', default: 'data/traces' } } });
const traces = readTraces(resolve(values.traces));
if (traces.length === 0) throw new Error(`No *.csv in ${values.traces}`);
const rows: Row[] = [];
for (const provisionSeconds of PROVISION_SECONDS) {
  for (const trace of traces) {
    process.stderr.write(`\r${trace.name}, ${provisionSeconds} s`.padEnd(60));
    rows.push(measure(trace, provisionSeconds));
  }
}
process.stderr.write('\r'.padEnd(61) + '\r');
const summary = PROVISION_SECONDS.map((seconds) => summarise(rows, seconds));
console.log(table(rows, summary));
mkdirSync(RESULTS, { recursive: true });
writeFileSync(resolve(RESULTS, 'elasticity.json'), `${JSON.stringify({ promise: PROMISE, summary, rows }, null, 2)}\n`);
