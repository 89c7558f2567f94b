import {
  Alert,
  Button,
  Checkbox,
  FileInput,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { UploadIcon } from '@radix-ui/react-icons';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { ApiError, type Schema } from '../api/client';
import { type Cluster } from '../cluster/queries';
import { hintOf } from '../forms/hints';
import { Section } from '../layout/section';
import { type BacktestRequest, useStartBacktest } from './queries';

const RANGES = [
  { value: '1h', label: 'the last hour' },
  { value: '6h', label: 'the last 6 hours' },
  { value: '1d', label: 'the last day' },
  { value: '7d', label: 'the last 7 days' },
  { value: '14d', label: 'the last 14 days' },
  { value: '30d', label: 'the last 30 days' },
];
/** Policies to compare with, available for every cluster. */
const OTHERS: readonly { readonly name: string; readonly policy: Schema['PolicyDto'] }[] = [
  { name: 'service level 1 %', policy: { slo: { violations: '1%', max_utilization: '90%' } } },
  { name: 'service level 0.5 %', policy: { slo: { violations: '0.5%', max_utilization: '90%' } } },
  { name: 'target tracking 60 % CPU', policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } } },
];
const OWN = 'as it is';

/** Form for a new backtest. */
export function NewBacktest({ cluster }: { readonly cluster: Cluster }) {
  const [source, setSource] = useState<'history' | 'trace'>('history');
  const [range, setRange] = useState('1d');
  const [file, setFile] = useState<File | null>(null);
  const [peak, setPeak] = useState<number | string>('');
  const [provisioning, setProvisioning] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([OWN, 'service level 1 %']);
  const [baselines, setBaselines] = useState(true);
  const navigate = useNavigate();
  const start = useStartBacktest(cluster.id);
  const failure = start.error instanceof ApiError ? start.error : null;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const policies = [{ name: OWN, policy: cluster.policy }, ...OTHERS].filter(({ name }) => chosen.includes(name));
    const body: BacktestRequest = {
      ...(source === 'history'
        ? { range }
        : { trace: (await file?.text()) ?? '', ...(peak === '' ? {} : { peak_servers: Number(peak) }) }),
      policies,
      ...(provisioning.trim() === '' ? {} : { provisioning: provisioning.trim() }),
      ...(baselines ? {} : { compare: [], promises: [] }),
    };
    start.mutate(body, { onSuccess: ({ id }) => void navigate(`/clusters/${cluster.id}/backtests/${id}`) });
  }

  return (
    <Section title="New backtest">
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          <Group gap="lg" align="flex-end">
            <SegmentedControl
              aria-label="Demand from"
              data={[
                { value: 'history', label: 'Its own history' },
                { value: 'trace', label: 'A CSV file' },
              ]}
              value={source}
              onChange={(value) => setSource(value)}
            />
            {source === 'history' ? (
              <Select
                label="Which part of it"
                data={RANGES}
                value={range}
                onChange={(value) => setRange(value ?? '1d')}
                allowDeselect={false}
                error={failure?.about('range')}
              />
            ) : (
              <Group gap="sm" align="flex-end">
                <FileInput
                  label="File"
                  description="with the header timestamp,value"
                  placeholder="Choose a file"
                  accept=".csv,text/csv"
                  leftSection={<UploadIcon />}
                  value={file}
                  onChange={setFile}
                  error={failure?.about('trace')}
                  w={240}
                />
                <NumberInput
                  label="Servers at its peak"
                  description={hintOf('CreateBacktestDto', 'peak_servers', '40 if empty')}
                  min={1}
                  value={peak}
                  onChange={setPeak}
                  error={failure?.about('peak_servers')}
                  w={150}
                />
              </Group>
            )}
            <TextInput
              label="A server takes"
              description={hintOf('CreateBacktestDto', 'provisioning', source === 'trace' ? 'measured if empty' : '')}
              placeholder="as measured"
              value={provisioning}
              onChange={(event) => setProvisioning(event.currentTarget.value)}
              error={failure?.about('provisioning')}
              w={140}
            />
          </Group>
          <Checkbox.Group label="Policies" value={[...chosen]} onChange={setChosen}>
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} mt={6} spacing="xs">
              {[{ name: OWN }, ...OTHERS].map(({ name }) => (
                <Checkbox key={name} value={name} label={name === OWN ? 'the policy that it has' : name} />
              ))}
            </SimpleGrid>
          </Checkbox.Group>
          <Checkbox
            label="Beside the usual autoscalers (HPA, AWS, Nomad, Azure, …) and the frontier of the service level"
            checked={baselines}
            onChange={(event) => setBaselines(event.currentTarget.checked)}
          />
          {failure !== null && (
            <Alert color="red" variant="light" role="alert">
              {failure.message}
            </Alert>
          )}
          <Group>
            <Button
              type="submit"
              loading={start.isPending}
              disabled={chosen.length === 0 || (source === 'trace' && file === null)}
            >
              Run backtest
            </Button>
            <Text size="sm" c="dimmed">
              It runs beside the service and can be cancelled.
            </Text>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
