/** A route and the single SQL statement for the same answer, with the same number of rows. */
export interface MeasuredRoute {
  readonly route: string;
  readonly path: (cluster: string) => string;
  /** Name of the list in the answer; `null`: the answer is a single object. */
  readonly list: string | null;
  readonly sql: string;
  readonly values: (cluster: string, owner: string) => unknown[];
}

const OWNED = `(SELECT id FROM clusters WHERE id = $1 AND owner_id = $2)`;
const byCluster = (cluster: string, owner: string): unknown[] => [cluster, owner];

/**
 * The routes that pages and scripts poll: the list of clusters, and for one cluster its state, recent load, load of a
 * month, decisions and scaling events.
 */
export const ROUTES: readonly MeasuredRoute[] = [
  {
    route: 'GET /clusters',
    path: () => '/clusters',
    list: 'clusters',
    sql: `SELECT id, owner_id, name, min_servers, max_servers, policy, provider, config, status, status_reason, hold_desired, hold_until,
        hold_by, created_at, updated_at
      FROM clusters WHERE owner_id = $1 AND deleted_at IS NULL ORDER BY created_at, id LIMIT 100`,
    values: (_cluster, owner) => [owner],
  },
  {
    route: 'GET /clusters/:id/status',
    path: (cluster) => `/clusters/${cluster}/status`,
    list: null,
    sql: `SELECT c.id, c.name, c.status, c.status_reason, c.min_servers, c.max_servers, c.hold_desired, c.hold_until, c.hold_by,
        s.desired, s.lead_time_ms, s.ticked_at, o.active, o.provisioning, o.draining, o.cpu, o.memory, o.request_rate, o.demand,
        o.staleness_ms, d.id AS decision_id, d.at, d.action, d.desired AS decided, d.reason
      FROM clusters c LEFT JOIN cluster_states s ON s.cluster_id = c.id
      LEFT JOIN LATERAL (SELECT * FROM observations WHERE cluster_id = c.id ORDER BY at DESC LIMIT 1) o ON true
      LEFT JOIN LATERAL (SELECT * FROM decisions WHERE cluster_id = c.id ORDER BY at DESC LIMIT 1) d ON true
      WHERE c.id = $1 AND c.owner_id = $2 AND c.deleted_at IS NULL`,
    values: byCluster,
  },
  {
    route: 'GET /clusters/:id/metrics?range=1h',
    path: (cluster) => `/clusters/${cluster}/metrics?range=1h`,
    list: 'metrics',
    sql: `SELECT * FROM (SELECT at, server_id, cpu, memory, request_rate FROM samples
        WHERE cluster_id = ${OWNED} AND at >= now() - INTERVAL '1 hour' AND at < now() ORDER BY at DESC, server_id LIMIT 1000) newest
      ORDER BY at, server_id`,
    values: byCluster,
  },
  {
    route: 'GET /clusters/:id/metrics?range=30d&aggregated=true&bucket=60',
    path: (cluster) => `/clusters/${cluster}/metrics?range=30d&aggregated=true&bucket=60`,
    list: 'metrics',
    sql: `SELECT bucket, ticks::int, (cpu_sum / nullif(cpu_count, 0))::float8 AS cpu_avg, cpu_max,
        (memory_sum / nullif(memory_count, 0))::float8 AS memory_avg, memory_max,
        request_rate_sum / nullif(request_rate_count, 0) AS request_rate_avg, request_rate_max,
        demand_sum / nullif(demand_count, 0) AS demand_avg, demand_max,
        (active_sum::float8 / ticks) AS servers_avg, active_min, active_max
      FROM observations_by_hour
      WHERE cluster_id = ${OWNED} AND bucket >= now() - INTERVAL '30 days' AND bucket < now() ORDER BY bucket LIMIT 1000`,
    values: byCluster,
  },
  {
    route: 'GET /clusters/:id/decisions',
    path: (cluster) => `/clusters/${cluster}/decisions`,
    list: 'decisions',
    sql: `SELECT id, at, action, current, desired, wished, unmet, policy, code, reason, mode FROM decisions
      WHERE cluster_id = ${OWNED} ORDER BY at DESC, id DESC LIMIT 100`,
    values: byCluster,
  },
  {
    route: 'GET /clusters/:id/events',
    path: (cluster) => `/clusters/${cluster}/events`,
    list: 'events',
    sql: `SELECT id, cluster_id, at, finished_at, action, servers_before, servers_after, desired, policy, code, reason, outcome, error
      FROM scaling_events WHERE cluster_id = ${OWNED} ORDER BY at DESC, id DESC LIMIT 100`,
    values: byCluster,
  },
];
