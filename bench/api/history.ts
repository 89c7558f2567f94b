import type { Pool } from 'pg';

/** Size of the history. */
export interface HistorySize {
  readonly days: number;
  readonly servers: number;
}

/** Tick interval of the history; the last hours use the default of `collector.interval`. */
const TICK_EVERY = `INTERVAL '2 minutes'`;
const RECENT_TICK_EVERY = `INTERVAL '10 seconds'`;
const RECENT = `INTERVAL '6 hours'`;
const EVENT_EVERY = `INTERVAL '1 hour'`;
/** The default of `database.compress_after`. */
const COMPRESS_AFTER = `INTERVAL '7 days'`;
const HYPERTABLES = ['samples', 'observations', 'decisions', 'forecasts'];

/** Typical steps of a decision by `threshold` and `target_tracking`, in a realistic length. */
const STEPS = JSON.stringify([
  {
    stage: 'propose',
    policy: 'target_tracking',
    code: 'within_tolerance',
    before: null,
    after: 10,
    reason: 'CPU is 57.3 % where 60 % is the target: within the tolerance of 10 %.',
    data: { metric: 'cpu', value: 57.3, target: 60, ratio: 0.955, tolerance: 0.1 },
  },
  {
    stage: 'propose',
    policy: 'threshold',
    code: 'no_threshold_crossed',
    before: null,
    after: 10,
    reason: 'CPU and memory are between their marks.',
    data: { cpu: 57.3, memory: 41.2, cpu_high: 80, cpu_low: 30, memory_high: 85, memory_low: 40 },
  },
  {
    stage: 'combine',
    code: 'most_servers',
    before: 10,
    after: 10,
    reason: 'The policy that asks for most servers counts.',
  },
  { stage: 'bound', code: 'within_bounds', before: 10, after: 10, reason: 'Within 10 to 20 servers.' },
]);

/**
 * Fills the history of all clusters like the loop, day by day, because old days are compressed before the next one is
 * written.
 */
export async function fillHistory(pool: Pool, { days, servers }: HistorySize): Promise<void> {
  for (let day = days; day > 0; day -= 1) {
    const from = `now() - INTERVAL '${day} days'`;
    const to = day === 1 ? `now() - ${RECENT}` : `now() - INTERVAL '${day - 1} days'`;
    await fill(pool, from, to, TICK_EVERY, servers);
    if (day * 2 > days) await compress(pool);
  }
  await fill(pool, `now() - ${RECENT}`, 'now()', RECENT_TICK_EVERY, servers);
  await fillEvents(pool, days);
  await compress(pool);
  for (const view of ['observations_by_minute', 'observations_by_hour']) {
    await pool.query(`CALL refresh_continuous_aggregate('${view}', NULL, now() - INTERVAL '1 hour')`);
  }
  await pool.query('ANALYZE');
}

async function fill(pool: Pool, from: string, to: string, every: string, servers: number): Promise<void> {
  // Milliseconds, like the loop's clock; each cluster ticks in its own phase.
  const ticks = `(SELECT date_trunc('milliseconds', at + random() * ${every}) AS at, clusters.id AS cluster_id
    FROM clusters, generate_series(${from}, ${to} - ${every}, ${every}) AS at) ticks`;
  await pool.query(`INSERT INTO observations (at, cluster_id, active, provisioning, draining, reporting, desired, cpu, cpu_max, memory,
      memory_max, request_rate, demand, saturated, staleness_ms, refused)
    SELECT at, cluster_id, ${servers}, 0, 0, ${servers}, ${servers}, 50 + 15 * random(), 65 + 15 * random(), 40 + 5 * random(),
      45 + 5 * random(), 4000 + 1000 * random(), 5 + random(), false, 100, 0 FROM ${ticks}`);
  await pool.query(`INSERT INTO samples (at, cluster_id, server_id, cpu, memory, request_rate)
    SELECT at, cluster_id, 'srv-' || server, 50 + 15 * random(), 40 + 5 * random(), 400 + 100 * random()
    FROM ${ticks}, generate_series(1, ${servers}) AS server`);
  // Version 7 UUIDs, like the loop's.
  await pool.query(
    `INSERT INTO decisions (at, id, cluster_id, action, current, desired, wished, unmet, policy, code, reason, mode, steps)
    SELECT at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8'
        || substr(md5(random()::text), 1, 15))::uuid,
      cluster_id, 'MAINTAIN', ${servers}, ${servers}, ${servers}, 0, 'target_tracking', 'within_tolerance',
      'CPU is 57.3 % where 60 % is the target: within the tolerance of 10 %.', 'act', $1::jsonb FROM ${ticks}`,
    [STEPS],
  );
}

async function fillEvents(pool: Pool, days: number): Promise<void> {
  await pool.query(`INSERT INTO scaling_events (id, cluster_id, at, finished_at, action, servers_before, servers_after, desired, policy,
      code, reason, outcome)
    SELECT gen_random_uuid(), clusters.id, at, at + INTERVAL '2 seconds', CASE WHEN up THEN 'SCALE_UP' ELSE 'SCALE_DOWN' END,
      CASE WHEN up THEN 10 ELSE 12 END, CASE WHEN up THEN 12 ELSE 10 END, CASE WHEN up THEN 12 ELSE 10 END, 'threshold',
      CASE WHEN up THEN 'cpu_high' ELSE 'cpu_low' END, 'CPU has crossed its mark for long enough.', 'success'
    FROM clusters, generate_series(now() - INTERVAL '${days} days', now(), ${EVENT_EVERY}) WITH ORDINALITY AS series (at, number),
      LATERAL (SELECT number % 2 = 0 AS up) direction`);
}

async function compress(pool: Pool): Promise<void> {
  for (const table of HYPERTABLES) {
    await pool.query(
      `SELECT compress_chunk(chunk, if_not_compressed => true) FROM show_chunks('${table}', older_than => ${COMPRESS_AFTER}) AS chunk`,
    );
  }
}
