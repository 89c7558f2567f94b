import { Alert, Button, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ask, type Schema } from '../api/client';
import { sayDone, sayWhatFailed } from '../cluster/use-change';
import { counted, moment } from '../layout/words';
import { useNow } from '../live/use-now';
import classes from './service-page.module.css';

/** Held removals by endpoint, with a button to release them. Renders nothing if there are none. */
export function HeldRemovals({ held }: { readonly held: readonly Schema['HeldRemovalsDto'][] }) {
  const now = useNow();
  const client = useQueryClient();
  const release = useMutation({
    mutationFn: async (endpoint: string) => ask(api.POST('/operations/removals/release', { body: { endpoint } })),
    onSuccess: ({ released }) => {
      sayDone(`Released: ${counted(released, 'cluster')} may remove servers with the next tick.`);
      void client.invalidateQueries({ queryKey: ['operations'] });
    },
    onError: sayWhatFailed,
  });
  if (held.length === 0) return null;
  return (
    <Stack gap="sm">
      {held.map(({ endpoint, clusters, since }) => (
        <Alert key={endpoint} color="yellow" variant="light" role="alert" title="Removals held">
          <div className={classes['held']}>
            <span>
              {counted(clusters, 'cluster')} behind {endpoint} would each lose more than a quarter of their servers,
              since {moment(since, now)}. That is what a broken source looks like. They wait until five minutes have
              confirmed it.
            </span>
            <Button
              size="compact-sm"
              color="red"
              loading={release.isPending && release.variables === endpoint}
              onClick={() => release.mutate(endpoint)}
            >
              Release removals
            </Button>
          </div>
        </Alert>
      ))}
    </Stack>
  );
}
