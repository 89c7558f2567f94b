import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, type Schema } from '../api/client';
import { useProviders } from '../provider/queries';

export type Connection = Schema['ConnectionDto'];

/** Query key prefix of connections. */
const CONNECTIONS = 'connections';
/** Maximum of a single response. */
const LIMIT = 1000;

/** A connection type, as declared by its provider. */
export interface ConnectionType {
  readonly type: string;
  readonly title: string;
  readonly schema: object;
  readonly secrets: readonly string[];
  readonly pasted: Schema['PastedConnectionDto'] | null;
}

/** The connections that the account may use. */
export function useConnections(type?: string) {
  return useQuery({
    queryKey: [CONNECTIONS, type ?? null],
    queryFn: async () =>
      ask(api.GET('/connections', { params: { query: { limit: LIMIT, ...(type === undefined ? {} : { type }) } } })),
  });
}

/** Reloads connections after a change. */
export function useRefresh(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: [CONNECTIONS] });
}

/** The connection types of all loaded providers; `undefined` while loading. */
export function useConnectionTypes(): readonly ConnectionType[] | undefined {
  const { data } = useProviders();
  if (data === undefined) return undefined;
  const types = new Map<string, ConnectionType>();
  for (const { type: provider, title, secrets, connection } of data.providers) {
    // Several providers may share a connection type: it is called after the one of its name.
    if (connection === null || (types.has(connection.type) && provider !== connection.type)) continue;
    const { type, schema, pasted } = connection;
    types.set(type, { type, title, schema, secrets, pasted });
  }
  return [...types.values()];
}
