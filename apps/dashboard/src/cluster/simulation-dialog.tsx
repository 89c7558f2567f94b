import { Button, Group, NumberInput, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api, ask, type Schema } from '../api/client';
import { hintOf } from '../forms/hints';
import { Dialog } from '../layout/dialog';
import { Failure } from '../layout/faces';
import { counted, number } from '../layout/words';
import { type Cluster, clusterQueries } from './queries';
import classes from './simulation-dialog.module.css';
import { sayDone, sayWhatFailed } from './use-change';

type Pattern = Schema['PatternRequest']['pattern'];

const PATTERNS: readonly { readonly value: Pattern; readonly label: string }[] = [
  { value: 'steady', label: 'Steady' },
  { value: 'daily', label: 'Daily' },
  { value: 'weekly', label: 'Weekly' },
  { value: 'sine_wave', label: 'Sine wave' },
  { value: 'random', label: 'Random' },
  { value: 'gradual_rise', label: 'Gradual rise' },
];
const DURATIONS = ['10s', '30s', '1m', '2m', '5m', '10m'];
/** A day of a daily pattern takes an hour of simulated time. */
const COMPRESSION = 24;

interface DialogProps {
  readonly cluster: Cluster;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Changes load or servers of a simulated cluster, to watch the policy react. */
export function SimulationDialog({ cluster, opened, onClose }: DialogProps) {
  const client = useQueryClient();
  const simulation = useQuery({ ...clusterQueries.simulation(cluster.id), enabled: opened });
  const [target, setTarget] = useState<number | string>(95);
  const [duration, setDuration] = useState('2m');
  const [pattern, setPattern] = useState<Pattern>('daily');
  const [killed, setKilled] = useState<number | string>(1);
  const path = { id: cluster.id };
  const done = (message: string) => () => {
    void client.invalidateQueries({ queryKey: ['cluster', cluster.id, 'simulation'] });
    sayDone(message);
    onClose();
  };
  const spike = useMutation({
    mutationFn: async () =>
      ask(
        api.POST('/clusters/{id}/simulation/spike', {
          params: { path },
          body: { cpu_target: Number(target), duration, ramp_up: '5s' },
        }),
      ),
    onSuccess: done(`A spike is coming: watch ${cluster.name}.`),
    onError: sayWhatFailed,
  });
  const changePattern = useMutation({
    mutationFn: async () =>
      ask(
        api.POST('/clusters/{id}/simulation/pattern', {
          params: { path },
          body: { pattern, ...(pattern === 'daily' || pattern === 'weekly' ? { compression: COMPRESSION } : {}) },
        }),
      ),
    onSuccess: done('The load follows another pattern now.'),
    onError: sayWhatFailed,
  });
  const kill = useMutation({
    mutationFn: async () =>
      ask(api.POST('/clusters/{id}/simulation/kill-servers', { params: { path }, body: { count: Number(killed) } })),
    onSuccess: (answer) => done(`${counted(answer.count, 'server')} ended without warning.`)(),
    onError: sayWhatFailed,
  });

  return (
    <Dialog opened={opened} onClose={onClose} title={`Simulate: ${cluster.name}`} size="lg">
      <Stack gap="lg">
        {simulation.data !== undefined && (
          <Text size="sm" c="dimmed">
            Load now: {number(simulation.data.load.offered, 0)} requests per second,{' '}
            {number(simulation.data.load.dropped, 0)} of them dropped. {simulation.data.active} active servers,{' '}
            {number(simulation.data.capacity, 0)} requests per second each. Pattern:{' '}
            {simulation.data.pattern.replace('_', ' ')}.
          </Text>
        )}
        {simulation.isError && <Failure error={simulation.error} />}
        <Act
          title="Cause a spike"
          button={
            <Button loading={spike.isPending} onClick={() => spike.mutate()}>
              Cause spike
            </Button>
          }
        >
          <NumberInput
            label="CPU to reach, %"
            description={hintOf('SpikeRequest', 'cpu_target', '')}
            data-autofocus
            min={1}
            max={10_000}
            value={target}
            onChange={setTarget}
            w={170}
          />
          <Select
            label="For"
            data={DURATIONS}
            value={duration}
            onChange={(value) => setDuration(value ?? '2m')}
            allowDeselect={false}
            w={110}
          />
        </Act>
        <Act
          title="Change the pattern of its load"
          button={
            <Button variant="default" loading={changePattern.isPending} onClick={() => changePattern.mutate()}>
              Change pattern
            </Button>
          }
        >
          <Select
            label="Pattern"
            data={[...PATTERNS]}
            value={pattern}
            onChange={(value) => setPattern(value ?? 'steady')}
            allowDeselect={false}
            w={170}
          />
        </Act>
        <Act
          title="Kill servers"
          button={
            <Button variant="default" color="red" loading={kill.isPending} onClick={() => kill.mutate()}>
              Kill servers
            </Button>
          }
        >
          <NumberInput
            label="How many"
            description={hintOf('KillServersRequest', 'count', '')}
            min={1}
            allowDecimal={false}
            value={killed}
            onChange={setKilled}
            w={110}
          />
        </Act>
      </Stack>
    </Dialog>
  );
}

interface ActProps {
  readonly title: string;
  readonly button: ReactNode;
  readonly children: ReactNode;
}

function Act({ title, button, children }: ActProps) {
  return (
    <section className={classes['act']} aria-label={title}>
      <h3 className={classes['title']}>{title}</h3>
      <Group align="flex-end" gap="sm">
        {children}
        <span className={classes['button']}>{button}</span>
      </Group>
    </section>
  );
}
