/**
 * How well the service level is kept and at what cost, on every trace of a folder, for two provisioning times, in one
 * untouched configuration; and on generated loads that are unkind each in a way of its own, which are told apart from the traces.
 * `npm run bench:elasticity [-- --traces FOLDER] [--from-day 29,43]`
 *
 * Settings were compared on the first two weeks of traces. With `--from-day`, clusters begin at those days instead, and the figures go to a
 * file of their own: what no setting was compared on (docs/engine.md).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Load, loadOf, measure, PROMISE, type Row, SCENARIOS } from './measure.js';
import { scenarioTable, summarise, table } from './report.js';
import { fromDay, readTraces } from './traces.js';

const RESULTS = resolve('bench/results');
const PROVISION_SECONDS = [120, 300];

const { values } = parseArgs({
  options: { traces: { type: 'string', default: 'data/traces' }, 'from-day': { type: 'string', default: '1' } },
});
const days = values['from-day'].split(',').map(Number);
if (!days.every((day) => Number.isInteger(day) && day >= 1)) {
  throw new Error(
    `--from-day takes days of the traces, 1 the first, separated by commas; "${values['from-day']}" is none`,
  );
}
const whole = readTraces(resolve(values.traces));
if (whole.length === 0) throw new Error(`No *.csv in ${values.traces}`);
const traces = days.flatMap((day) => whole.map((trace) => fromDay(trace, day))).filter((trace) => trace !== null);
if (traces.length === 0)
  throw new Error(`No trace of ${values.traces} goes on for five days from day ${days.join(' or ')} on`);
const isFromTheFirst = days.every((day) => day === 1);
const rows = play(traces.map(loadOf));
// Apart from what is summed up: they are made, not measured.
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

function play(loads: readonly Load[]): Row[] {
  return PROVISION_SECONDS.flatMap((provisionSeconds) =>
    loads.map((load) => {
      process.stderr.write(`\r${load.name}, ${provisionSeconds} s`.padEnd(60));
      return measure(load, provisionSeconds);
    }),
  );
}
