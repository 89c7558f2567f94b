/** A request as sent by a client; `{{name}}` is a variable. */
export interface ClientRequest {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** As text, so that `70.0` stays `70.0`. */
  readonly body?: string;
  /** Variables set from fields of the response. */
  readonly keeps?: Readonly<Record<string, string>>;
  /** Expected status; default: any 2xx. */
  readonly status?: number;
}

const CLUSTER = '{{base_url}}/clusters/{{cluster_id}}';

/**
 * The 18 requests of the Go service's collection, from the guide and the contract: health, accounts, clusters, metrics,
 * events.
 */
export const SERVICE_REQUESTS: readonly ClientRequest[] = [
  { name: 'GET /health', method: 'GET', url: '{{base_url}}/health' },
  {
    name: 'POST /auth/register',
    method: 'POST',
    url: '{{base_url}}/auth/register',
    body: '{\n    "username": "admin",\n    "password": "SecurePassword123!"\n  }',
  },
  {
    name: 'POST /auth/login',
    method: 'POST',
    url: '{{base_url}}/auth/login',
    body: '{\n    "username": "admin",\n    "password": "SecurePassword123!"\n  }',
    keeps: { token: 'token' },
  },
  { name: 'GET /auth/me', method: 'GET', url: '{{base_url}}/auth/me' },
  {
    name: 'POST /clusters',
    method: 'POST',
    url: '{{base_url}}/clusters',
    body: '{"name": "production-web", "min_servers": 2, "max_servers": 10, "config": {"collector_endpoint": "{{simulator_url}}/metrics", "target_cpu": 70.0}}',
    keeps: { cluster_id: 'id' },
  },
  { name: 'GET /clusters', method: 'GET', url: '{{base_url}}/clusters' },
  { name: 'GET /clusters/:id', method: 'GET', url: CLUSTER },
  {
    name: 'PUT /clusters/:id',
    method: 'PUT',
    url: CLUSTER,
    body: '{"name": "production-web-updated", "min_servers": 3, "max_servers": 15, "status": "active", "config": {"collector_endpoint": "{{simulator_url}}/metrics", "target_cpu": 75.0}}',
  },
  { name: 'GET /clusters/:id/status', method: 'GET', url: `${CLUSTER}/status` },
  {
    name: 'GET /clusters/:id/metrics, aggregated',
    method: 'GET',
    url: `${CLUSTER}/metrics?aggregated=true&range=1h&bucket=5`,
  },
  { name: 'GET /clusters/:id/metrics', method: 'GET', url: `${CLUSTER}/metrics?range=1h` },
  { name: 'GET /clusters/:id/metrics/latest', method: 'GET', url: `${CLUSTER}/metrics/latest` },
  { name: 'GET /clusters/:id/metrics/hourly', method: 'GET', url: `${CLUSTER}/metrics/hourly?range=24h` },
  { name: 'GET /clusters/:id/events', method: 'GET', url: `${CLUSTER}/events?range=24h&limit=50` },
  { name: 'GET /clusters/:id/events/stats', method: 'GET', url: `${CLUSTER}/events/stats?range=7d` },
  { name: 'GET /events/recent', method: 'GET', url: '{{base_url}}/events/recent?limit=20' },
  { name: 'GET /health/ready', method: 'GET', url: '{{base_url}}/health/ready' },
  { name: 'GET /ws', method: 'GET', url: '{{base_url}}/ws', status: 426 },
];

const SIMULATED = '{{simulator_url}}/clusters/legacy-1';

/** The ten requests of its simulator. */
export const SIMULATOR_REQUESTS: readonly ClientRequest[] = [
  { name: 'GET /health', method: 'GET', url: '{{simulator_url}}/health' },
  {
    name: 'POST /clusters/:id',
    method: 'POST',
    url: SIMULATED,
    body: '{"servers": 5, "base_cpu": 50.0, "base_memory": 60.0, "variance": 10.0}',
  },
  { name: 'GET /clusters', method: 'GET', url: '{{simulator_url}}/clusters' },
  { name: 'GET /clusters/:id', method: 'GET', url: SIMULATED },
  { name: 'GET /metrics/:id', method: 'GET', url: '{{simulator_url}}/metrics/legacy-1' },
  { name: 'PUT /clusters/:id, base_cpu', method: 'PUT', url: SIMULATED, body: '{"base_cpu": 80.0}' },
  { name: 'PUT /clusters/:id, add_servers', method: 'PUT', url: SIMULATED, body: '{"add_servers": 2}' },
  {
    name: 'POST /spike below the present load',
    method: 'POST',
    url: '{{simulator_url}}/spike',
    body: '{"cluster_id": "legacy-1", "cpu_target": 20.0, "duration": "60s", "ramp_up": "10s"}',
  },
  {
    name: 'POST /pattern',
    method: 'POST',
    url: '{{simulator_url}}/pattern',
    body: '{"cluster_id": "legacy-1", "pattern": "daily"}',
  },
  { name: 'DELETE /clusters/:id', method: 'DELETE', url: SIMULATED },
];
