import { useQuery } from '@tanstack/react-query';
import { api, ask, type Schema } from '../api/client';

export type Provider = Schema['ProviderDto'];

/** The loaded providers with their schemas. They change only with a restart of the service. */
export function useProviders() {
  return useQuery({ queryKey: ['providers'], queryFn: async () => ask(api.GET('/providers')) });
}
