import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The whole schema: accounts, clusters and what the loop remembers of them, and the four hypertables. Retention,
 * compression and refresh policies are not part of the schema: they follow the configuration (`libs/database`).
 */
export class InitialSchema1767225600000 implements MigrationInterface {
  readonly name = 'InitialSchema1767225600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE EXTENSION IF NOT EXISTS timescaledb`,

  `CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    username text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'operator', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz
  )`,
  `CREATE UNIQUE INDEX users_username ON users (lower(username))`,

  `CREATE TABLE revoked_tokens (
    jti uuid PRIMARY KEY,
    expires_at timestamptz NOT NULL
  )`,
  `CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at)`,

  `CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor_id uuid,
    actor text NOT NULL,
    ip text,
    action text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
    target_type text,
    target_id text,
    before jsonb,
    after jsonb,
    trace_id text
  )`,
  `CREATE INDEX audit_log_at ON audit_log (at DESC, id DESC)`,

  `CREATE TABLE clusters (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    min_servers integer NOT NULL CHECK (min_servers >= 0),
    max_servers integer NOT NULL CHECK (max_servers >= min_servers),
    policy jsonb NOT NULL,
    provider jsonb NOT NULL,
    config jsonb NOT NULL DEFAULT '{}',
    status text NOT NULL CHECK (status IN ('active', 'paused', 'error')),
    status_reason text,
    hold_desired integer,
    hold_until timestamptz,
    hold_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
  )`,
  // A deleted cluster keeps its row for its history, and gives its name back.
  `CREATE UNIQUE INDEX clusters_owner_name ON clusters (owner_id, lower(name)) WHERE deleted_at IS NULL`,
  `CREATE INDEX clusters_updated_at ON clusters (updated_at)`,

  // One row per cluster, rewritten each tick: room in the page keeps the updates heap-only (no index is touched).
  `CREATE TABLE cluster_states (
    cluster_id uuid PRIMARY KEY REFERENCES clusters (id),
    ticked_at timestamptz NOT NULL,
    desired integer,
    actual integer,
    lead_time_ms integer,
    engine_state jsonb NOT NULL,
    tracking jsonb NOT NULL
  ) WITH (fillfactor = 50)`,

  // What a cluster's engine has learnt: too large to be written each tick, and learnt again from the observations since.
  `CREATE TABLE cluster_models (
    cluster_id uuid PRIMARY KEY REFERENCES clusters (id),
    version integer NOT NULL,
    violations double precision NOT NULL,
    max_utilization double precision NOT NULL,
    step_seconds integer NOT NULL,
    lead_seconds integer NOT NULL,
    minute integer NOT NULL,
    memory bytea NOT NULL
  )`,

  `CREATE TABLE scaling_events (
    id uuid PRIMARY KEY,
    cluster_id uuid NOT NULL REFERENCES clusters (id),
    at timestamptz NOT NULL,
    finished_at timestamptz,
    action text NOT NULL CHECK (action IN ('SCALE_UP', 'SCALE_DOWN')),
    servers_before integer NOT NULL,
    servers_after integer,
    desired integer NOT NULL,
    policy text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    -- 'pending' is written before the provider is asked, so that a crash in between is seen afterwards
    outcome text NOT NULL CHECK (outcome IN ('pending', 'success', 'partial', 'failed')),
    error text
  )`,
  `CREATE INDEX scaling_events_cluster_at ON scaling_events (cluster_id, at DESC, id DESC)`,
  `CREATE INDEX scaling_events_at ON scaling_events (at DESC, id DESC)`,
  `CREATE INDEX scaling_events_pending ON scaling_events (cluster_id) WHERE outcome = 'pending'`,

  `CREATE TABLE samples (
    at timestamptz NOT NULL,
    cluster_id uuid NOT NULL,
    server_id text NOT NULL,
    cpu real NOT NULL,
    memory real NOT NULL,
    request_rate real NOT NULL
  )`,
  `SELECT create_hypertable('samples', by_range('at', INTERVAL '1 day'), create_default_indexes => false)`,
  `CREATE INDEX samples_cluster_at ON samples (cluster_id, at DESC)`,
  `ALTER TABLE samples SET (timescaledb.compress, timescaledb.compress_segmentby = 'cluster_id', timescaledb.compress_orderby = 'at DESC, server_id')`,

  `CREATE TABLE observations (
    at timestamptz NOT NULL,
    cluster_id uuid NOT NULL,
    active integer NOT NULL,
    provisioning integer NOT NULL,
    draining integer NOT NULL,
    reporting integer NOT NULL,
    desired integer,
    cpu real,
    cpu_max real,
    memory real,
    memory_max real,
    request_rate double precision,
    demand double precision,
    saturated boolean NOT NULL,
    staleness_ms integer,
    refused integer NOT NULL DEFAULT 0
  )`,
  `SELECT create_hypertable('observations', by_range('at', INTERVAL '1 day'), create_default_indexes => false)`,
  `CREATE INDEX observations_cluster_at ON observations (cluster_id, at DESC)`,
  `ALTER TABLE observations SET (timescaledb.compress, timescaledb.compress_segmentby = 'cluster_id', timescaledb.compress_orderby = 'at DESC')`,

  `CREATE TABLE decisions (
    at timestamptz NOT NULL,
    id uuid NOT NULL,
    cluster_id uuid NOT NULL,
    action text NOT NULL,
    current integer NOT NULL,
    desired integer NOT NULL,
    wished integer NOT NULL,
    unmet integer NOT NULL,
    policy text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    mode text NOT NULL,
    steps jsonb NOT NULL
  )`,
  `SELECT create_hypertable('decisions', by_range('at', INTERVAL '1 day'), create_default_indexes => false)`,
  `CREATE INDEX decisions_cluster_at ON decisions (cluster_id, at DESC)`,
  `CREATE INDEX decisions_cluster_scaling ON decisions (cluster_id, at DESC) WHERE action <> 'MAINTAIN'`,
  `ALTER TABLE decisions SET (timescaledb.compress, timescaledb.compress_segmentby = 'cluster_id', timescaledb.compress_orderby = 'at DESC')`,

  `CREATE TABLE forecasts (
    at timestamptz NOT NULL,
    cluster_id uuid NOT NULL,
    horizon_ms integer NOT NULL,
    model text NOT NULL,
    level real NOT NULL,
    upper double precision NOT NULL,
    quantiles jsonb NOT NULL
  )`,
  `SELECT create_hypertable('forecasts', by_range('at', INTERVAL '1 day'), create_default_indexes => false)`,
  `CREATE INDEX forecasts_cluster_at ON forecasts (cluster_id, at DESC)`,
  `ALTER TABLE forecasts SET (timescaledb.compress, timescaledb.compress_segmentby = 'cluster_id', timescaledb.compress_orderby = 'at DESC')`,

  // Means are kept as sum and count so that longer buckets can be built from shorter ones exactly.
  aggregate('observations_by_minute', '1 minute'),
  aggregate('observations_by_hour', '1 hour'),
  `CREATE INDEX observations_by_minute_cluster ON observations_by_minute (cluster_id, bucket DESC)`,
  `CREATE INDEX observations_by_hour_cluster ON observations_by_hour (cluster_id, bucket DESC)`,
];

function aggregate(view: string, bucket: string): string {
  return `CREATE MATERIALIZED VIEW ${view}
  WITH (timescaledb.continuous, timescaledb.materialized_only = false, timescaledb.create_group_indexes = false) AS
  SELECT cluster_id,
    time_bucket(INTERVAL '${bucket}', at) AS bucket,
    count(*) AS ticks,
    sum(cpu) AS cpu_sum, count(cpu) AS cpu_count, max(cpu_max) AS cpu_max, min(cpu) AS cpu_min,
    sum(memory) AS memory_sum, count(memory) AS memory_count, max(memory_max) AS memory_max,
    sum(request_rate) AS request_rate_sum, count(request_rate) AS request_rate_count, max(request_rate) AS request_rate_max,
    sum(demand) AS demand_sum, count(demand) AS demand_count, max(demand) AS demand_max,
    sum(active) AS active_sum, min(active) AS active_min, max(active) AS active_max, last(active, at) AS active_last,
    max(provisioning) AS provisioning_max,
    last(desired, at) AS desired_last,
    count(*) FILTER (WHERE saturated) AS saturated_ticks,
    sum(refused) AS refused
  FROM observations
  GROUP BY cluster_id, bucket
  WITH NO DATA`; // with data it could not be created inside the migration's transaction
}

const DOWN = [
  `DROP MATERIALIZED VIEW IF EXISTS observations_by_hour`,
  `DROP MATERIALIZED VIEW IF EXISTS observations_by_minute`,
  // TimescaleDB drops a hypertable only by itself.
  `DROP TABLE IF EXISTS forecasts`,
  `DROP TABLE IF EXISTS decisions`,
  `DROP TABLE IF EXISTS observations`,
  `DROP TABLE IF EXISTS samples`,
  `DROP TABLE IF EXISTS scaling_events, cluster_models, cluster_states, clusters, audit_log, revoked_tokens, users`,
];
