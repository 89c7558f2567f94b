/**
 * `npm run bench:failover`: three instances share 300 clusters on the embedded database (behind PgBouncer). In each of
 * 20 rounds one is killed (kill -9) and restarted; in every other round at the worst moment: the provider has carried
 * out a request, and the instance has not received the response. The time to the next tick of each of its clusters is
 * read from the recorded decisions; repeated scalings are counted by a proxy in front of the simulator.
 * `BENCH_ROUNDS=2` runs fewer rounds, and stores nothing.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fairCount, partitionOf } from '#partitions';
import { eventually } from '../../test/support/eventually.js';
import { createRestlessClusters } from '../fleet/clusters.js';
import { embeddedFleetDatabase } from '../fleet/database.js';
import { Fleet } from '../fleet/fleet.js';

const ASKED_ROUNDS = process.env['BENCH_ROUNDS'];
const ROUNDS = Number(ASKED_ROUNDS ?? '20');
const CLUSTERS = 300;
const INTERVAL_MS = 10_000;
interface Round {
  readonly round: number;
  readonly clusters: number;
  readonly next_tick_ms_p50: number;
  readonly next_tick_ms_max: number;
  readonly double_actions: number;
}

/** Milliseconds from the kill to the next tick of each cluster of the killed instance. */
async function waitsAfter(fleet: Fleet, killedAt: number, clusters: readonly string[]): Promise<number[]> {
  const waits = new Map<string, number>();
  await eventually('all clusters of the killed instance are ticked again', async () => {
    const rows = await fleet.database.query<{ cluster_id: string; at: Date }>(
      `SELECT cluster_id, min(at) AS at FROM decisions WHERE at > $1 AND cluster_id = ANY ($2::uuid[]) GROUP BY cluster_id`,
      [new Date(killedAt), clusters],
    );
    for (const row of rows) waits.set(row.cluster_id, row.at.getTime() - killedAt);
    return waits.size === clusters.length;
  });
  return [...waits.values()].toSorted((a, b) => a - b);
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const fleet = await Fleet.start(await embeddedFleetDatabase(), { AUTOSCALER_COLLECTOR_INTERVAL: `${INTERVAL_MS}ms` }, [
  '--provisioning',
  '15s',
]);
const rounds: Round[] = [];
const allWaits: number[] = [];
try {
  const instances = [await fleet.startInstance()];
  const { ids } = await createRestlessClusters(fleet, instances[0]!, CLUSTERS);
  instances.push(await fleet.startInstance(), await fleet.startInstance());
  await fleet.balanced(fairCount(instances.length));
  for (let round = 1; round <= ROUNDS; round += 1) {
    const victim = instances[round % 3]!;
    const partitions = new Set((await fleet.holders()).get(victim.process.pid));
    const its = ids.filter((id) => partitions.has(partitionOf(id)));
    const doubles = fleet.witness.doubleActions(INTERVAL_MS / 2).length;
    // Varies the phase within the interval.
    await delay((round * 1700) % INTERVAL_MS);
    if (round % 2 === 1) await fleet.witness.nextChange(its);
    const killedAt = Date.now();
    await fleet.kill(victim);
    const waits = await waitsAfter(fleet, killedAt, its);
    allWaits.push(...waits);
    instances[round % 3] = await fleet.startInstance();
    await fleet.balanced(fairCount(instances.length));
    rounds.push({
      round,
      clusters: its.length,
      next_tick_ms_p50: median(waits),
      next_tick_ms_max: waits.at(-1) ?? Number.NaN,
      double_actions: fleet.witness.doubleActions(INTERVAL_MS / 2).length - doubles,
    });
    console.table(rounds.slice(-1));
  }
} finally {
  await fleet.stop();
}
allWaits.sort((a, b) => a - b);
const summary = {
  rounds: rounds.length,
  next_tick_ms_p50: median(allWaits),
  next_tick_ms_max: allWaits.at(-1) ?? Number.NaN,
  double_actions: rounds.reduce((sum, { double_actions: count }) => sum + count, 0),
};
console.table(rounds);
console.log('summary:', { ...summary, askings: fleet.witness.askings.length });
if (ASKED_ROUNDS === undefined) {
  const machine = { cpus: cpus().length, model: cpus()[0]?.model.trim(), node: process.version };
  await mkdir('bench/results', { recursive: true });
  const settings = {
    clusters: CLUSTERS,
    instances: 3,
    interval_ms: INTERVAL_MS,
    askings: fleet.witness.askings.length,
  };
  const result = { machine, settings, summary, rounds };
  await writeFile('bench/results/failover.json', `${JSON.stringify(result, null, 2)}\n`);
}
