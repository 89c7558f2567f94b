import type { DataSource } from 'typeorm';

/** Number of rows and a hash of the content of every table and aggregate. */
export async function fingerprint(database: Pick<DataSource, 'query'>): Promise<Record<string, string>> {
  const tables = await database.query<{ name: string }[]>(
    `SELECT relname AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.deptype = 'e') ORDER BY 1`,
  );
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await database.query<[{ rows: string; hash: string | null }]>(
      `SELECT count(*) AS rows, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS hash FROM ${name} t`,
    );
    found[name] = `${row.rows} ${row.hash ?? ''}`;
  }
  return found;
}
