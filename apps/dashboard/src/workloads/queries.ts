import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '../api/client';
import type { Chosen } from './workload';

/** Query key prefix of workloads. */
const WORKLOADS = 'workloads';

/** @param namespaces with commas between them; empty: all @param connection `null`: none is chosen yet */
export function useWorkloads(connection: string | null, namespaces: string) {
  return useQuery({
    queryKey: [WORKLOADS, connection, namespaces],
    queryFn: async ({ signal }) =>
      ask(
        api.GET('/connections/{name}/workloads', {
          params: {
            path: { name: connection ?? '' },
            query: namespaces === '' ? {} : { namespace: namespaces },
          },
          signal,
        }),
      ),
    enabled: connection !== null,
    // It takes the API server some seconds, and is wanted as of now.
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
}

/** Makes clusters of workloads. */
export function useImport(connection: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (workloads: Chosen[]) =>
      ask(api.POST('/connections/{name}/import', { params: { path: { name: connection } }, body: { workloads } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: [WORKLOADS] });
      void client.invalidateQueries({ queryKey: ['overview'] });
    },
  });
}
