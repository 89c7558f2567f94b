import { NumberInput, Select, Stack, Text } from '@mantine/core';
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { liveCluster } from '../live/live-store';
import { type Cluster, clusterQueries } from './queries';
import { sayDone } from './use-change';

const TIMES = [
  { value: '5m', label: '5 minutes' },
  { value: '15m', label: '15 minutes' },
  { value: '1h', label: '1 hour' },
  { value: '4h', label: '4 hours' },
  { value: '1d', label: '1 day' },
  { value: '7d', label: '7 days' },
];

interface DialogProps {
  readonly cluster: Cluster;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Sets a count by hand for a while. */
export function HoldDialog({ cluster, opened, onClose }: DialogProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Hold a count by hand">
      <HoldForm cluster={cluster} onClose={onClose} />
    </Dialog>
  );
}

/** The count that it begins with is the one that the cluster has when the dialog opens. */
function wishedNow({ id, min_servers: least }: Cluster, client: QueryClient): number {
  const { metrics, state } = liveCluster(id);
  // Until a tick was heard, what was loaded: to begin with the least would take servers away from whoever does not look twice.
  const loaded = client.getQueryData(clusterQueries.status(id).queryKey);
  return state?.desired ?? metrics?.active ?? loaded?.desired_servers ?? loaded?.servers?.active ?? least;
}

function HoldForm({ cluster, onClose }: Omit<DialogProps, 'opened'>) {
  const [time, setTime] = useState('15m');
  const client = useQueryClient();
  const [count, setCount] = useState<number | string>(() => wishedNow(cluster, client));
  const holding = useMutation({
    mutationFn: async () =>
      ask(
        api.POST('/clusters/{id}/scale', {
          params: { path: { id: cluster.id } },
          body: { desired_servers: Number(count), hold_for: time },
        }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['cluster', cluster.id] });
      sayDone(`${cluster.name} is held at ${count} servers.`);
      onClose();
    },
  });
  const failure = holding.error instanceof ApiError ? holding.error : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    holding.mutate();
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm" c="dimmed">
          The next tick sets this count. Until the time is over no policy changes it; then it decides again.
        </Text>
        <NumberInput
          label="Servers"
          data-autofocus
          required
          withAsterisk={false}
          min={cluster.min_servers}
          max={cluster.max_servers}
          description={`From ${cluster.min_servers} to ${cluster.max_servers}`}
          allowDecimal={false}
          value={count}
          onChange={setCount}
          error={failure?.message}
        />
        <Select
          label="For"
          data={TIMES}
          value={time}
          onChange={(value) => setTime(value ?? '15m')}
          allowDeselect={false}
        />
        <FormEnd label="Hold" pending={holding.isPending} failure={null} onCancel={onClose} />
      </Stack>
    </form>
  );
}
