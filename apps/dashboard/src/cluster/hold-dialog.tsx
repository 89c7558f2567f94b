import { NumberInput, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { counted } from '../layout/words';
import { changeWords, isLarge, whyNot } from './count';
import { LargeChange } from './large-change';
import type { Cluster } from './queries';
import { sayDone } from './use-change';
import { useCountToHold, usePresentCount } from './use-present-count';

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

/** Sets a hold: a count for a limited time. */
export function HoldDialog({ cluster, opened, onClose }: DialogProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Hold a count by hand">
      <HoldForm cluster={cluster} onClose={onClose} />
    </Dialog>
  );
}

function HoldForm({ cluster, onClose }: Omit<DialogProps, 'opened'>) {
  const [time, setTime] = useState('15m');
  const client = useQueryClient();
  const present = usePresentCount(cluster);
  /** `null`: neither known nor typed. Defaulting to the minimum could remove servers by accident. */
  const first = useCountToHold(cluster);
  const [count, setCount] = useState<number | string | null>(first);
  if (count === null && first !== null) setCount(first);
  const [asked, setAsked] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const holding = useMutation({
    mutationFn: async ({ desired, immediate }: { desired: number; immediate: boolean }) =>
      ask(
        api.POST('/clusters/{id}/scale', {
          params: { path: { id: cluster.id } },
          body: { desired_servers: desired, hold_for: time, ...(immediate ? { immediate } : {}) },
        }),
      ),
    onSuccess: ({ mode }, { desired }) => {
      void client.invalidateQueries({ queryKey: ['cluster', cluster.id] });
      const servers = counted(desired, 'server');
      sayDone(
        mode === 'recommend'
          ? `Only recommended for ${cluster.name}: ${servers}. This service changes no server.`
          : `${cluster.name} is held at ${servers}.`,
      );
      onClose();
    },
    onSettled: () => setAsked(null),
  });
  const failure = holding.error instanceof ApiError ? holding.error : null;
  const bounds = { min: cluster.min_servers, max: cluster.max_servers };
  const refused = count === null ? null : whyNot(count, bounds);
  const wanted = count === null || refused !== null ? null : Number(count);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (wanted === null) return;
    if (present !== null && isLarge(present, wanted)) setAsked({ from: present, to: wanted });
    else holding.mutate({ desired: wanted, immediate: false });
  }

  if (asked !== null) {
    return (
      <LargeChange
        from={asked.from}
        to={asked.to}
        pending={holding.isPending}
        onBack={() => setAsked(null)}
        onConfirm={(immediate) => holding.mutate({ desired: asked.to, immediate })}
      />
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm" c="dimmed">
          {cluster.policy.mode === 'recommend'
            ? 'This cluster only recommends: this count is recommended, and the service changes no server.'
            : 'The next tick sets this count. Until the time is over no policy changes it; then it decides again.'}
        </Text>
        <NumberInput
          label="Servers"
          data-autofocus
          required
          withAsterisk={false}
          clampBehavior="none"
          min={bounds.min}
          max={bounds.max}
          description={`From ${bounds.min} to ${bounds.max}`}
          allowDecimal={false}
          value={count ?? ''}
          onChange={setCount}
          error={refused ?? failure?.message}
        />
        <Select
          label="For"
          data={TIMES}
          value={time}
          onChange={(value) => setTime(value ?? '15m')}
          allowDeselect={false}
        />
        <FormEnd
          label={wanted === null ? 'Hold' : changeWords(present, wanted)}
          disabled={wanted === null}
          pending={holding.isPending}
          failure={null}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
