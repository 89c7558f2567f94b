import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '../api/client';
import { sayDone, sayWhatFailed } from '../cluster/use-change';

/** Another admin or instance may start a freeze: the page shows it within this time. */
const REFRESH_MS = 5000;

/** The current freeze: who started it and when. */
export const freezeQuery = queryOptions({
  queryKey: ['freeze'],
  queryFn: async () => ask(api.GET('/operations/freeze')),
  refetchInterval: REFRESH_MS,
});

/** Starts a freeze with a reason, which may be empty; `null` ends it. */
export function useFreezing(onDone: () => void = () => undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (freeze: { readonly reason: string } | null) => {
      if (freeze === null) return ask(api.DELETE('/operations/freeze'));
      return ask(api.POST('/operations/freeze', { body: freeze.reason === '' ? {} : freeze }));
    },
    onSuccess: (state) => {
      client.setQueryData(freezeQuery.queryKey, state);
      sayDone(
        state.freeze === null ? 'The freeze is over: clusters are scaled again.' : 'Frozen: no cluster is scaled.',
      );
      onDone();
    },
    onError: sayWhatFailed,
  });
}
