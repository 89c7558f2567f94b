/**
 * How well the service level is kept and at what cost, on every trace of a folder, for two provisioning times, with one
 * unchanged configuration; also on generated difficult loads, which are reported separately. `npm run bench:elasticity
 * [-- --traces FOLDER] [--from-day 29,43]`
 *
 * Settings were tuned on the first two weeks of the traces. With `--from-day` clusters start at those days instead, and
 * the results go to a separate file: data that no setting was tuned on (docs/experiments.md).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Trace } from '#world';
import { readOptions, refuse } from '../options.js';
import { type Load, loadOf, measure, PROMISE, type Row, SCENARIOS } from './measure.js';
import { scenarioTable, summarise, table } from './report.js';
import { fromDay, readTraces } from './traces.js';

const RESULTS = resolve('bench/results');
const PROVISION_SECONDS = [120, 300];

const options = readOptions({
  traces: { type: 'string', default: 'data/traces' },
  'from-day': { type: 'string', default: '1' },
});
const days = options['from-day'].split(',').map(Number);
if (!days.every((day) => Number.isInteger(day) && day >= 1)) {
  refuse(`--from-day takes days of the traces, 1 the first, separated by commas; "${options['from-day']}" is none`);
}
const whole = read(options.traces);
const traces = days.flatMap((day) => whole.map((trace) => fromDay(trace, day))).filter((trace) => trace !== null);
if (traces.length === 0) {
  refuse(
    `No trace of ${options.traces} covers five days from day ${days.join(' or ')} on; choose an earlier day with --from-day`,
  );
}
const isFromTheFirst = days.every((day) => day === 1);
const rows = play(traces.map(loadOf));
// Reported separately: they are generated, not measured.
const scenarios = isFromTheFirst ? play(SCENARIOS) : [];
process.stderr.write('\r'.padEnd(61) + '\r');
const summary = PROVISION_SECONDS.map((seconds) => summarise(rows, seconds));
console.log(table(rows, summary));
if (isFromTheFirst) console.log(scenarioTable(scenarios));
mkdirSync(RESULTS, { recursive: true });
const [file, results] = isFromTheFirst
  ? ['elasticity.json', { promise: PROMISE, summary, rows, scenarios }]
  : ['elasticity-held-out.json', { promise: PROMISE, summary, rows }];
writeFileSync(resolve(RESULTS, file), `${JSON.stringify(results, null, 2)}\n`);

function read(folder: string): readonly Trace[] {
  const mend = 'name a folder of traces with --traces';
  try {
    const found = readTraces(resolve(folder));
    return found.length > 0 ? found : refuse(`No *.csv in ${folder}; ${mend}`);
  } catch (error) {
    return refuse(`The traces cannot be read: ${(error as Error).message}; ${mend}`);
  }
}

function play(loads: readonly Load[]): Row[] {
  return PROVISION_SECONDS.flatMap((provisionSeconds) =>
    loads.map((load) => {
      process.stderr.write(`\r${load.name}, ${provisionSeconds} s`.padEnd(60));
      return measure(load, provisionSeconds);
    }),
  );
}
