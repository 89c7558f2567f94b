import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ask } from '../api/client';
import { sayDone, sayWhatFailed } from '../cluster/use-change';

/** Restores bounds, hold and count from before the last manual change. */
export function UndoButton({ clusterId }: { readonly clusterId: string }) {
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: async () => ask(api.POST('/clusters/{id}/undo', { params: { path: { id: clusterId } } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['cluster', clusterId] });
      void client.invalidateQueries({ queryKey: ['overview'] });
      sayDone('Undone: bounds and hold are as they were before, and the count goes back.');
    },
    onError: sayWhatFailed,
  });
  return (
    <Button size="compact-sm" variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
      Undo this change
    </Button>
  );
}
