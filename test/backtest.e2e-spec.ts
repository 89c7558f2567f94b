import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { configOf } from '#config';
import { openDatabase } from '#database';
import { migratedDump } from '#database/testing';
import { runCli } from '../apps/autoscaler/src/cli/cli.js';
import { OperationalError } from '../apps/autoscaler/src/operational.error.js';
import { launchBrowser } from '../bench/dashboard/browser.js';

const MAIN = join('dist', 'apps', 'autoscaler', 'src', 'main.js');
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';
const TRACE = join('data', 'traces', 'azure2017_vm942980_5min.csv');

interface Report {
  readonly ticks: number;
  readonly rows: readonly { readonly name: string; readonly kind: string; readonly cost_to_oracle: number }[];
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autoscaler-backtest-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** The configuration option precedes the command. */
function commandLine(args: readonly string[]): readonly string[] {
  const at = args[0] === '-config' ? 2 : 0;
  return [...args.slice(0, at), 'backtest', ...args.slice(at)];
}

/** Expects a usage error with these messages; runs in this process, where the commands are already loaded. */
async function expectRefused(args: readonly string[], ...messages: readonly string[]): Promise<void> {
  const refused = runCli(commandLine(args));
  await expect(refused).rejects.toBeInstanceOf(OperationalError);
  for (const message of messages) await expect(refused).rejects.toThrow(message);
}

async function backtest(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...commandLine(args)]);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const failure = error as { code: number; stdout: string; stderr: string };
    return { code: failure.code, out: failure.stdout, err: failure.stderr };
  }
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/**
 * A database with an hour of history of a cluster, one minute of which is missing.
 *
 * @param name of its folder
 * @param realMinutes minutes at the end that were not simulated
 */
async function recordedCluster(
  name = 'database',
  realMinutes = 60,
): Promise<{ readonly config: string; readonly id: string }> {
  const dataDir = join(folder, name);
  const config = await file(`${name}.yaml`, `database: { data_dir: ${dataDir} }\n`);
  const loadFrom = await migratedDump();
  const database = await openDatabase(configOf({ 'database.data_dir': dataDir }).database, [], { loadFrom });
  try {
    const [{ id }] = await database.query<[{ id: string }]>(
      `WITH owner AS (INSERT INTO users (username, password_hash, role) VALUES ('ada', '-', 'operator') RETURNING id)
       INSERT INTO clusters (owner_id, name, min_servers, max_servers, policy, provider, status, simulated_until)
       SELECT id, 'web', 4, 30, $1, '{"type": "simulator"}', 'active',
              CASE WHEN $2 < 60 THEN date_trunc('minute', now()) - $2 * INTERVAL '1 minute' END
         FROM owner RETURNING id`,
      [JSON.stringify({ target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } }), realMinutes],
    );
    await database.query(
      `INSERT INTO observations (at, cluster_id, active, provisioning, draining, reporting, demand, saturated)
       SELECT date_trunc('minute', now()) - minute * INTERVAL '1 minute', $1, 10, 0, 0, 10, 6 + 5 * sin(minute / 5.0), false
         FROM generate_series(1, 60) AS minute WHERE minute <> 30`,
      [id],
    );
    await database.query(
      `INSERT INTO cluster_states (cluster_id, ticked_at, lead_time_ms, engine_state, tracking) VALUES ($1, now(), 300000, '{}', '{}')`,
      [id],
    );
    return { config, id };
  } finally {
    await database.destroy();
  }
}

describe('autoscaler backtest', () => {
  it('prints a readable table', async () => {
    const { out } = await backtest('--trace', TRACE, '--days', '1', '--compare', 'hpa,aws');
    expect(out).toContain('1.0 days in ticks of 60 s; promised: at most 1.00 % of requests above 90.00 % utilization.');
    for (const name of ['slo', 'hpa 60 %', 'aws 60 %', 'oracle']) expect(out).toMatch(new RegExp(`│ ${name} +│`));
  });

  it('plays a policy from a file, with results as JSON, every tick as CSV, and a page', async () => {
    const policy = await file('tracking.yaml', 'target_tracking: { metrics: [{ metric: cpu, target: 50 }] }\n');
    const timeline = join(folder, 'timeline.csv');
    const page = join(folder, 'page.html');
    const world = `--trace ${TRACE} --days 2 --tick 5m --provision 10m --capacity 2`.split(' ');
    const results = ['--timeline', timeline, '--html', page, '--json'];
    const { out } = await backtest(...world, '--policy', policy, '--frontier', '1%,5%', ...results);
    const report = JSON.parse(out) as Report;
    expect(report).toMatchObject({
      trace: 'azure2017_vm942980_5min',
      ticks: 576,
      tick_seconds: 300,
      start_at: '2000-01-03T00:00:00.000Z',
      promise: { violations: 0.01, max_utilization: 0.9 },
      remarks: [],
    });
    expect(report.rows[0]).not.toHaveProperty('timeline');
    expect(report.rows.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'policy tracking',
      'frontier slo, 1 %',
      'frontier slo, 5 %',
      'oracle oracle',
    ]);
    const lines = (await readFile(timeline, 'utf8')).trimEnd().split('\r\n');
    expect(lines[0]).toBe('tick,timestamp,demand,active,provisioning,desired,action,reason,upper');
    expect(lines).toHaveLength(577);
    // 15.925 percent of a machine, at 2 percent per server.
    expect(lines[1]).toMatch(/^0,2000-01-03T00:00:00\.000Z,7\.9625,14,0,\d+,(SCALE_UP|SCALE_DOWN|MAINTAIN),".+",$/);
    const html = await readFile(page, 'utf8');
    expect(html).toContain('Backtest of azure2017_vm942980_5min');
    expect(html).not.toMatch(/(src|href)="/);
  });

  it('writes for every tick of a service level the demand that was planned for', async () => {
    const timeline = join(folder, 'planned.csv');
    const world = `--trace ${TRACE} --days 0.2 --tick 10s --peak-servers 20 --min 3 --max 15`.split(' ');
    await backtest(...world, '--timeline', timeline);
    const rows = (await readFile(timeline, 'utf8')).trimEnd().split('\r\n').slice(1);
    expect(rows).toHaveLength(1728);
    for (const row of rows) {
      const [, , demand, active, provisioning, desired] = row.split(',').map(Number);
      expect(Number(row.slice(row.lastIndexOf(',') + 1))).toBeGreaterThan(0);
      for (const count of [demand, active, provisioning]) expect(count).toBeGreaterThanOrEqual(0);
      expect(desired).toBeGreaterThanOrEqual(3);
      expect(desired).toBeLessThanOrEqual(15);
    }
  });

  it('writes a page with the frontier and the run', async () => {
    const drawn = join(folder, 'drawn.html');
    await backtest('--trace', TRACE, '--days', '2', '--tick', '5m', '--compare', 'hpa', '--html', drawn);
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.addInitScript(
        `Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix', configurable: true })`,
      );
      const faults: string[] = [];
      page.on('pageerror', ({ message }) => faults.push(message));
      await page.goto(pathToFileURL(drawn).href);
      const points = await page.locator('svg polyline').getAttribute('points');
      const curve = points!.split(' ').map((point) => point.split(',').map(Number));
      // One point for each default promise, from the strictest, which costs most, to the loosest.
      expect(curve).toHaveLength(6);
      expect(curve.flat().every(Number.isFinite)).toBe(true);
      // The y axis of an image points down.
      expect(curve[0]![1]).toBeLessThan(curve.at(-1)![1]!);
      // Each promise, the policy and the baseline.
      expect(await page.locator('svg circle').count()).toBe(8);
      await page.locator('.uplot canvas').waitFor();
      // Number of blue pixels, the color of demand.
      const painted = await page.evaluate<number>(`(() => {
        const { width, height } = document.querySelector('.uplot canvas');
        const { data } = document.querySelector('.uplot canvas').getContext('2d').getImageData(0, 0, width, height);
        return data.filter((red, index) => index % 4 === 0 && data[index + 2] > red + 100).length;
      })()`);
      expect(painted).toBeGreaterThan(200);
      expect(await page.locator('main > table tbody tr').count()).toBe(9);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it.each([
    [[], 'name either --trace FILE.csv or --cluster ID'],
    [['--trace', 'nowhere.csv'], 'the trace nowhere.csv cannot be read'],
    [['--trace', TRACE, '--compare', 'hpa,magic'], 'not magic'],
    [['--trace', TRACE, '--tick', '5'], '--tick must be a duration from 1s to 3600s'],
    [['--trace', TRACE, '--min', '5', '--max', '2'], '--min (5) must not exceed --max (2)'],
    [['--trace', TRACE, '--frontier', '70%'], '--frontier must list promises'],
    [['--cluster', 'web'], '"web" is not the id of a cluster'],
    [['--cluster', UNKNOWN_ID, '--from', '5'], '--from must be a time such as 2026-01-05T00:00:00Z, not "5"'],
    [['--cluster', UNKNOWN_ID, '--to', '2026-01-05T00:00:00'], '--to must be a time such as 2026-01-05T00:00:00Z'],
    [['--trace', TRACE, '--timeline', '/nowhere/t.csv'], 'the timeline /nowhere/t.csv cannot be written'],
    [['--trace', TRACE, '--html', '/nowhere/t.html'], 'the page /nowhere/t.html cannot be written'],
    [['--trace', TRACE, '--min', '2000'], 'the fewest servers (2000) must not exceed the most (1000)'],
    [['--trace', TRACE, '--peak-servers', '4', '--capacity', '4'], 'give one of them'],
    [['--trace', TRACE, '--noise', 'x', '--seed', '-1'], '--seed must be a whole number from 0'],
    [['--trace', TRACE, '--from', '2026-01-05'], '--from and --to are for --cluster'],
  ])('says what is wrong with %j', async (args, message) => expectRefused(args, message));

  it('reports errors in a policy with the name of its file', async () => {
    const policy = await file('wrong.yaml', 'slo: { violations: 7, color: red }\n');
    const faults = ['wrong.yaml', 'color is not a known field', 'violations must be a percentage'];
    await expectRefused(['--trace', TRACE, '--policy', policy], ...faults);
    const list = await file('list.yaml', '- slo: { violations: 1% }\n');
    await expectRefused(['--trace', TRACE, '--policy', list], 'list.yaml: expected a policy such as');
    const memory = await file('memory.yaml', 'target_tracking: { metrics: [{ metric: memory, target: 50 }] }\n');
    await expectRefused(['--trace', TRACE, '--policy', memory], 'a backtest knows CPU only');
  });

  it("plays a cluster's history, with its policy, bounds and lead time", async () => {
    const { config, id } = await recordedCluster();
    const { out, err } = await backtest('-config', config, '--cluster', id, '--compare', 'hpa', '--json');
    expect(err).toBe('');
    const report = JSON.parse(out) as Report & { readonly trace: string; readonly remarks: readonly string[] };
    expect(report).toMatchObject({ trace: 'web', ticks: 60 });
    expect(report.remarks).toEqual([expect.stringContaining('Of 1.7 % of the minutes there is no record')]);
    expect(report.rows.map(({ name }) => name)).toEqual(['current', 'hpa 60 %', 'oracle']);
    const timeline = join(folder, 'cluster.csv');
    await backtest('-config', config, '--cluster', id, '--max', '9', '--timeline', timeline);
    const rows = (await readFile(timeline, 'utf8')).trimEnd().split('\r\n').slice(1);
    const desired = rows.map((row) => Number(row.split(',')[5]));
    const active = rows.map((row) => Number(row.split(',')[3]));
    const asked = rows.findIndex((row) => row.includes('SCALE_UP'));
    // Five minutes plus the tick in which they start.
    expect(active.findIndex((count, tick) => tick > asked && count > active[asked]!)).toBe(asked + 6);
    // The cluster's minimum, and the maximum of the command line.
    expect([Math.min(...desired), Math.max(...desired)]).toEqual([4, 9]);
    await expectRefused(['-config', config, '--cluster', UNKNOWN_ID], `there is no cluster ${UNKNOWN_ID}`);
    const long = ['--from', '2020-01-01T00:00:00Z', '--to', '2020-02-01T00:00:00Z'];
    await expectRefused(['-config', config, '--cluster', id, ...long], 'has no history from 2020-01-01');
  });

  it('leaves out history that was simulated', async () => {
    const { config, id } = await recordedCluster('simulated', 20);
    const { out } = await backtest('-config', config, '--cluster', id, '--compare', 'hpa', '--json');
    const report = JSON.parse(out) as Report & { readonly remarks: readonly string[] };
    expect(report).toMatchObject({ ticks: 20 });
    expect(report.remarks).toEqual([expect.stringMatching(/^history before \S+Z is simulated and was left out$/)]);
  });

  it('reports a database without a schema', async () => {
    const config = await file('empty.yaml', `database: { data_dir: ${join(folder, 'empty')} }\n`);
    await expectRefused(['-config', config, '--cluster', UNKNOWN_ID], 'run "autoscaler migrate" first');
  });

  it('limits the number of ticks', async () => {
    const trace = await file('decades.csv', 'timestamp,value\n1990-01-01T00:00:00Z,1\n2010-01-01T00:00:00Z,2\n');
    await expectRefused(['--trace', trace], 'choose a longer --tick or fewer --days');
  });

  it('names the invalid line of a trace', async () => {
    const trace = await file('broken.csv', 'timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,x\n');
    const { code, out, err } = await backtest('--trace', trace);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^Error: .*broken:3: "x" is not a number\n$/);
  });
});
