/** A worker process of `bench:engines`: `prepare` makes the jobs, `work` does them; the task is in the environment. */
import { setTimeout as delay } from 'node:timers/promises';
import { SHARES } from '#scaler';
import { bullmqEngine } from './bullmq.engine.js';
import type { Engine, EngineName, Hold, Report, Task } from './engine.js';
import { pgBossEngine } from './pg-boss.engine.js';

const ENGINES: Readonly<Record<EngineName, Engine>> = { bullmq: bullmqEngine, 'pg-boss': pgBossEngine };
const TELL_MS = 500;
/** How often a holder acts for its shares where each act is told. */
const ACT_MS = 250;
/** How often a holder looks which clusters are due. */
const LOOK_MS = 10;
/** As the service's bulk writes: one transaction for what was ticked. */
const WRITE_MS = 1000;

const task = JSON.parse(process.env['BENCH_TASK'] ?? '') as Task;
const engine = ENGINES[task.engine];
let late: number[] = [];

function tell(report: Report): void {
  process.send?.(report);
}

async function tick(cluster: number, dueAt: number, claim: number): Promise<void> {
  late.push(Date.now() - dueAt);
  const key = `${cluster}@${dueAt}`;
  if (task.telling === 'each') tell({ type: 'began', key });
  if (task.workMs > 0) await delay(task.workMs);
  if (task.telling === 'each') tell({ type: 'acted', acts: [{ key, claim }], carriedOut: true });
}

/** Each act is told, and whether it was carried out. */
function actAgainAndAgain(hold: Hold): void {
  const act = async (): Promise<void> => {
    const shares = hold.held();
    const carriedOut = new Set(shares.size === 0 ? [] : await hold.act(shares.keys()));
    for (const kind of [true, false]) {
      const acts = [...shares]
        .filter(([share]) => carriedOut.has(share) === kind)
        .map(([share, claim]) => ({ key: String(share), claim }));
      if (acts.length > 0) tell({ type: 'acted', acts, carriedOut: kind });
    }
  };
  const again = (): void => {
    setTimeout(() => void act().catch(console.error).then(again), ACT_MS);
  };
  again();
}

/** Clusters of held shares are ticked from memory when they are due, and what they did is written once a second. */
function tickHeld(hold: Hold): void {
  const due = Array.from(
    { length: task.clusters },
    (_, cluster) => Date.now() + Math.floor((cluster * task.intervalMs) / task.clusters),
  );
  setInterval(() => {
    const now = Date.now();
    const held = hold.held();
    for (let cluster = 0; cluster < due.length; cluster += 1) {
      const at = due[cluster] ?? now;
      if (at > now) continue;
      due[cluster] = at + task.intervalMs;
      if (held.has(cluster % SHARES)) late.push(now - at);
    }
  }, LOOK_MS);
  setInterval(() => void hold.act(hold.held().keys()).catch(console.error), WRITE_MS);
}

if (process.argv[2] === 'prepare') {
  await engine.prepare(task);
  process.disconnect?.();
  process.exit(0);
}
process.on('disconnect', () => process.exit(0));
if (task.layout === 'ticks') await engine.tick(task, tick);
else {
  const hold = await engine.hold(task);
  if (task.telling === 'each') actAgainAndAgain(hold);
  else tickHeld(hold);
}
setInterval(() => {
  if (late.length > 0 && task.telling === 'sums') tell({ type: 'late', ms: late });
  late = [];
}, TELL_MS);
tell({ type: 'ready' });
