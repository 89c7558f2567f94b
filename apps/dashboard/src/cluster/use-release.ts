import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '../api/client';
import { sayDone, sayWhatFailed } from './use-change';

/** Ends a hold. */
export function useRelease(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => ask(api.DELETE('/clusters/{id}/scale', { params: { path: { id } } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['cluster', id] });
      sayDone('The policy decides again.');
    },
    onError: sayWhatFailed,
  });
}
