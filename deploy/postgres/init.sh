#!/bin/sh
# Runs once, on an empty database: the roles, and no access without TLS. The service logs in as `autoscaler`, which owns nothing;
# migrations and backups run as `autoscaler_owner`.
set -eu
: "${DB_PASSWORD:?}" "${DB_OWNER_PASSWORD:?}"
psql -v ON_ERROR_STOP=1 --no-psqlrc --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-autoscaler}" <<'SQL'
\getenv password DB_PASSWORD
\getenv owner_password DB_OWNER_PASSWORD
CREATE ROLE autoscaler_app NOLOGIN;
CREATE ROLE autoscaler_readonly NOLOGIN;
CREATE ROLE autoscaler_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE autoscaler LOGIN PASSWORD :'password' IN ROLE autoscaler_app;
CREATE EXTENSION IF NOT EXISTS timescaledb;
SELECT current_database() AS database \gset
ALTER DATABASE :"database" OWNER TO autoscaler_owner;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO autoscaler_app, autoscaler_readonly;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SQL
if [ -n "${PGDATA:-}" ] && [ -f "$PGDATA/pg_hba.conf" ]; then
  sed -i 's/^host  *all  *all  *all /hostssl all all all /' "$PGDATA/pg_hba.conf"
fi
