/**
 * The real HPA beside the service: policies of one trace as Deployments of one Kubernetes control plane, under the same
 * load, on a compressed clock. `npm run bench:hpa [-- --quick] [--traces A,B] [--seeds 1,2] [--hours N] [--keda] [--replay]`
 * (docs/experiments.md).
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseTrace } from '#world';
import { readOptions, refuse } from '../options.js';
import { compare, replayErrorOf, summarize } from './comparison.js';
import { commit, machine } from './machine.js';
import { play, type Run, SPEED } from './run.js';
import { replayDay, replayTable } from './replay-only.js';
import { doubtsOf, table } from './report.js';

const TRACES = ['nab_elb_requests_5min', 'nab_twitter_aapl_5min', 'servegen_msmall_10min', 'wc98_full_5min'];
const SEEDS = [1, 2, 3, 4, 5];
/** Seeds on one control plane: with more of them two processors do not keep up. */
const SEEDS_AT_ONCE = 2;
const DAY = 24;

const options = readOptions({
  quick: { type: 'boolean', default: false },
  traces: { type: 'string' },
  seeds: { type: 'string' },
  hours: { type: 'string', default: String(DAY) },
  keda: { type: 'boolean', default: false },
  replay: { type: 'boolean', default: false },
});
const hours = Number(options.hours);
if (!(hours > 0 && hours <= DAY)) refuse(`--hours takes a number above 0, up to ${DAY}; "${options.hours}" is none`);
const seeds = options.seeds?.split(',').map(Number) ?? (options.quick ? SEEDS.slice(0, 1) : SEEDS);
if (!seeds.every((seed) => Number.isInteger(seed) && seed >= 0))
  refuse(`--seeds takes whole numbers, separated by commas; "${options.seeds}" are none`);
const names = options.traces?.split(',') ?? (options.quick ? TRACES.slice(0, 1) : TRACES);
const traces = names.map((name) => {
  const file = join('data/traces', `${name}.csv`);
  return existsSync(file)
    ? parseTrace(name, readFileSync(file, 'utf8'))
    : refuse(`There is no ${file}; name traces of data/traces with --traces`);
});

if (options.replay) {
  const days = traces.flatMap((trace) => seeds.map((seed) => replayDay(trace, seed, hours)));
  storeAs('hpa-replay', { commit: commit(), traces: names, seeds, hours, days });
  console.log(replayTable(days));
  process.exit(0);
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));
const runs: Run[] = [];
for (const trace of traces) {
  for (let from = 0; from < seeds.length; from += SEEDS_AT_ONCE) {
    const some = seeds.slice(from, from + SEEDS_AT_ONCE);
    const note = (text: string): void => console.log(`${trace.name}, seed ${some.join(' and ')}: ${text}`);
    const setting = { trace, seeds: some, hours, keda: options.keda };
    runs.push(await play(setting, note, interrupted.signal).catch(fail));
    // After each run: a day of them takes hours.
    store();
  }
}
console.log(table(runs));

function store(): void {
  const rows = runs.flatMap((run) => run.rows);
  const results = {
    commit: commit(),
    machine: machine(),
    speed: SPEED,
    traces: names,
    seeds,
    hours,
    summary: summarize(compare(rows)),
    replayError: replayErrorOf(rows),
    // Empty: the machine kept up.
    runs: runs.map((run) => ({ ...run, saturated: doubtsOf(run) })),
  };
  storeAs('hpa', results);
}

function storeAs(name: string, results: object): void {
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(resolve(`bench/results/${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
}

/** What was already measured is stored; the control plane and the service have been stopped. */
function fail(error: unknown): never {
  console.error(error instanceof Error && interrupted.signal.aborted ? error.message : error);
  process.exit(1);
}
