import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '../api/client';
import { sayDone, sayWhatFailed } from '../cluster/use-change';

/** Another admin, or another instance, may freeze: within this time the page says so. */
const REFRESH_MS = 5000;

/** Whether all scaling is stopped, by whom and since when. */
export const freezeQuery = queryOptions({
  queryKey: ['freeze'],
  queryFn: async () => ask(api.GET('/operations/freeze')),
  refetchInterval: REFRESH_MS,
});

/** Stops all scaling, where it is handed a reason, which may be empty; ends that with `null`. */
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
