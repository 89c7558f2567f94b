import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ask, type Schema } from '../api/client';
import type { Cluster } from './queries';

type Change = Schema['UpdateClusterDto'];

/** Changes only the given fields of a cluster; shows errors. */
export function useChange({ id }: Pick<Cluster, 'id'>) {
  const client = useQueryClient();
  const changing = useMutation({
    mutationFn: async (body: Change) => ask(api.PUT('/clusters/{id}', { params: { path: { id } }, body })),
    onSuccess: (cluster) => {
      client.setQueryData(['cluster', id, 'definition'], cluster);
      void client.invalidateQueries({ queryKey: ['cluster', id] });
      void client.invalidateQueries({ queryKey: ['overview'] });
    },
    onError: sayWhatFailed,
  });
  return { change: changing.mutate, pending: changing.isPending };
}

const DISMISS = { 'aria-label': 'Dismiss' };

/** Shows an error as a notification. */
export function sayWhatFailed(error: Error): void {
  notifications.show({
    color: 'red',
    title: 'That did not work',
    message: error.message,
    autoClose: 10_000,
    closeButtonProps: DISMISS,
  });
}

export function sayDone(message: string): void {
  notifications.show({ color: 'green', message, closeButtonProps: DISMISS });
}
