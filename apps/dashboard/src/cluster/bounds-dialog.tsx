import { NumberInput, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { hintOf } from '../forms/hints';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { moneyWords } from '../layout/money';
import { counted } from '../layout/words';
import { isLarge, within } from './count';
import { LargeChange } from './large-change';
import type { Cluster } from './queries';
import { sayDone } from './use-change';
import { usePresentCount } from './use-present-count';

interface BoundsDialogProps {
  readonly cluster: Cluster;
  readonly opened: boolean;
  /** The maximum that the form begins with. */
  readonly max: number;
  /** Whether more servers may be needed than that maximum, as full servers hide demand. */
  readonly isUnsure?: boolean;
  readonly onClose: () => void;
}

/** Changes the bounds of a cluster. */
export function BoundsDialog({ cluster, opened, max, isUnsure = false, onClose }: BoundsDialogProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title={`Bounds of ${cluster.name}`}>
      <BoundsForm cluster={cluster} max={max} isUnsure={isUnsure} onClose={onClose} />
    </Dialog>
  );
}

function BoundsForm({ cluster, max: first, isUnsure, onClose }: Omit<BoundsDialogProps, 'opened'>) {
  const [min, setMin] = useState<number | string>(cluster.min_servers);
  const [max, setMax] = useState<number | string>(first);
  const [asked, setAsked] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const present = usePresentCount(cluster);
  const client = useQueryClient();
  const bounds = { min: Number(min), max: Number(max) };
  const saving = useMutation({
    mutationFn: async (immediate: boolean) =>
      ask(
        api.PUT('/clusters/{id}', {
          params: { path: { id: cluster.id } },
          body: { min_servers: bounds.min, max_servers: bounds.max, ...(immediate ? { immediate } : {}) },
        }),
      ),
    onSuccess: (saved) => {
      client.setQueryData(['cluster', cluster.id, 'definition'], saved);
      void client.invalidateQueries({ queryKey: ['cluster', cluster.id] });
      void client.invalidateQueries({ queryKey: ['overview'] });
      sayDone(`${cluster.name} may have ${bounds.min} to ${counted(bounds.max, 'server')}.`);
      onClose();
    },
    onSettled: () => setAsked(null),
  });
  const failure = saving.error instanceof ApiError ? saving.error : null;
  const known = failure?.about('min_servers') ?? failure?.about('max_servers') ?? null;
  const filled = min !== '' && max !== '';

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!filled) return;
    const acts = cluster.status === 'active' && cluster.policy.mode !== 'recommend' && bounds.min <= bounds.max;
    const to = present === null || !acts ? present : within(present, bounds);
    if (present !== null && to !== null && isLarge(present, to)) setAsked({ from: present, to });
    else saving.mutate(false);
  }

  if (asked !== null) {
    return (
      <LargeChange
        {...asked}
        pending={saving.isPending}
        onBack={() => setAsked(null)}
        onConfirm={(immediate) => saving.mutate(immediate)}
      />
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm" c="dimmed">
          Policies choose a count between them. {costWords(cluster, filled ? bounds.max : null)}
        </Text>
        {isUnsure && (
          <Text size="sm">
            The servers are full, so more may be needed than can be measured. A higher maximum leaves room.
          </Text>
        )}
        <SimpleGrid cols={2}>
          <NumberInput
            label="Minimum"
            description={hintOf('CreateClusterDto', 'min_servers')}
            required
            withAsterisk={false}
            min={0}
            clampBehavior="none"
            allowDecimal={false}
            value={min}
            onChange={setMin}
            error={failure?.about('min_servers')}
          />
          <NumberInput
            label="Maximum"
            description={hintOf('CreateClusterDto', 'max_servers')}
            required
            withAsterisk={false}
            min={1}
            clampBehavior="none"
            allowDecimal={false}
            data-autofocus
            value={max}
            onChange={setMax}
            error={failure?.about('max_servers')}
          />
        </SimpleGrid>
        {failure !== null && failure.details.length > 0 && known === null && (
          <Text size="sm" c="var(--bad)" role="alert">
            {failure.message}
          </Text>
        )}
        <FormEnd
          label={labelOf(cluster, bounds)}
          pending={saving.isPending}
          disabled={!filled || (bounds.min === cluster.min_servers && bounds.max === cluster.max_servers)}
          failure={failure}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}

/** `Raise to 16 servers` where only the maximum grows. */
function labelOf({ min_servers: min, max_servers: max }: Cluster, bounds: { min: number; max: number }): string {
  return bounds.min === min && bounds.max > max
    ? `Raise to ${counted(bounds.max, 'server')}`
    : `Set ${bounds.min} to ${counted(bounds.max, 'server')}`;
}

/** What the maximum costs, if the price is known. */
function costWords({ cost, max_servers: before }: Cluster, max: number | null): string {
  if (cost === null || max === null) return '';
  const of = (servers: number): string =>
    moneyWords({ amount: cost.per_server_hour * servers, currency: cost.currency });
  return max === before
    ? `All ${counted(max, 'server')} cost ${of(max)} an hour.`
    : `At most they cost ${of(max)} an hour, now ${of(before)}.`;
}
