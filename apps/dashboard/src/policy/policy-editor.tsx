import { ActionIcon, Button, Group, NumberInput, Select, SimpleGrid, Switch, Text, TextInput } from '@mantine/core';
import { Cross2Icon, PlusIcon } from '@radix-ui/react-icons';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client';
import { hintOf } from '../forms/hints';
import { labelOf } from '../forms/labels';
import { FRESH, type Kind, KINDS, percentField, type Policy } from './draft';
import classes from './policy-editor.module.css';

interface PolicyEditorProps {
  readonly policy: Policy;
  readonly onChange: (policy: Policy) => void;
  readonly failure: ApiError | null;
}

type Slo = NonNullable<Policy['slo']>;
type TargetTracking = NonNullable<Policy['target_tracking']>;
type Threshold = NonNullable<Policy['threshold']>;
type Schedule = NonNullable<Policy['schedule']>;

interface PartProps<T> {
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly about: (field: string) => string | null;
}

/** The policies of a cluster and their settings. */
export function PolicyEditor({ policy, onChange, failure }: PolicyEditorProps) {
  const about = (kind: Kind) => (field: string) => failure?.about(`policy.${kind}.${field}`) ?? null;

  function turn(kind: Kind, on: boolean): void {
    const { [kind]: own, ...others } = policy;
    onChange(on ? { ...others, [kind]: own ?? FRESH[kind] } : others);
  }

  function partOf(kind: Kind): ReactNode {
    switch (kind) {
      case 'slo':
        return policy.slo === undefined ? null : (
          <SloFields value={policy.slo} onChange={(slo) => onChange({ ...policy, slo })} about={about(kind)} />
        );
      case 'target_tracking':
        return policy.target_tracking === undefined ? null : (
          <TargetTrackingFields
            value={policy.target_tracking}
            onChange={(value) => onChange({ ...policy, target_tracking: value })}
            about={about(kind)}
          />
        );
      case 'threshold':
        return policy.threshold === undefined ? null : (
          <ThresholdFields
            value={policy.threshold}
            onChange={(threshold) => onChange({ ...policy, threshold })}
            about={about(kind)}
          />
        );
      case 'schedule':
        return policy.schedule === undefined ? null : (
          <ScheduleFields
            value={policy.schedule}
            onChange={(schedule) => onChange({ ...policy, schedule })}
            about={about(kind)}
          />
        );
    }
  }

  return (
    <div className={classes['kinds']}>
      {KINDS.map(({ kind, label, about: words }) => (
        <section
          key={kind}
          className={classes['kind']}
          data-on={policy[kind] !== undefined || undefined}
          aria-label={label}
        >
          <Switch
            label={label}
            description={words}
            checked={policy[kind] !== undefined}
            onChange={(event) => turn(kind, event.currentTarget.checked)}
          />
          {policy[kind] !== undefined && <div className={classes['fields']}>{partOf(kind)}</div>}
        </section>
      ))}
      <Switch
        label="Only recommend"
        description="Decide and show, but change nothing."
        checked={policy.mode === 'recommend'}
        onChange={(event) => onChange({ ...policy, mode: event.currentTarget.checked ? 'recommend' : 'act' })}
      />
      {failure?.details.some(({ field }) => field === 'policy') === true && (
        <Text c="red" size="sm" role="alert">
          {failure?.about('policy')}
        </Text>
      )}
    </div>
  );
}

function SloFields({ value, onChange, about }: PartProps<Slo>) {
  const percent = (field: number | string): string | undefined => (field === '' ? undefined : `${field}%`);
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <NumberInput
        label={labelOf('slo.violations')}
        description={hintOf('SloPolicyDto', 'violations', 'share of all requests')}
        suffix=" %"
        clampBehavior="none"
        step={0.1}
        decimalScale={3}
        value={percentField(value.violations)}
        onChange={(field) => onChange({ ...value, violations: percent(field) ?? '' })}
        error={about('violations')}
      />
      <NumberInput
        label={labelOf('slo.max_utilization')}
        description={hintOf('SloPolicyDto', 'max_utilization', 'utilization of the cluster')}
        suffix=" %"
        clampBehavior="none"
        value={percentField(value.max_utilization)}
        onChange={(field) => onChange({ ...value, max_utilization: percent(field) ?? '' })}
        error={about('max_utilization')}
      />
      <NumberInput
        label={labelOf('slo.max_actions_per_day')}
        description={hintOf(
          'SloPolicyDto',
          'max_actions_per_day',
          'stop removing servers after this many; empty: no limit',
        )}
        clampBehavior="none"
        allowDecimal={false}
        value={value.max_actions_per_day ?? ''}
        onChange={(field) => onChange({ ...value, max_actions_per_day: field === '' ? null : Number(field) })}
        error={about('max_actions_per_day')}
      />
    </SimpleGrid>
  );
}

const METRICS = [
  { value: 'cpu', label: 'CPU, %' },
  { value: 'memory', label: 'Memory, %' },
  { value: 'request_rate', label: 'Requests per second and server' },
] as const;

function TargetTrackingFields({ value, onChange, about }: PartProps<TargetTracking>) {
  const used = new Set(value.metrics.map(({ metric }) => metric));
  const free = METRICS.find((each) => !used.has(each.value));
  const set = (metrics: TargetTracking['metrics']): void => onChange({ ...value, metrics });
  return (
    <>
      {value.metrics.map((entry, index) => (
        // Keyed by index: choosing another metric must not replace the focused field.
        <Group key={index} align="flex-end" gap="sm">
          <Select
            label={labelOf('target_tracking.metrics.metric')}
            data={METRICS.filter((each) => each.value === entry.metric || !used.has(each.value)).map((each) => ({
              ...each,
            }))}
            value={entry.metric}
            allowDeselect={false}
            onChange={(metric) =>
              set(value.metrics.map((each, at) => (at === index ? { ...each, metric: metric ?? 'cpu' } : each)))
            }
            w={250}
          />
          <NumberInput
            label={labelOf('target_tracking.metrics.target')}
            description={hintOf('MetricTargetDto', 'target', '')}
            required
            withAsterisk={false}
            clampBehavior="none"
            value={entry.target}
            onChange={(target) =>
              set(value.metrics.map((each, at) => (at === index ? { ...each, target: target as number } : each)))
            }
            error={about(`metrics.${index}.target`)}
            w={130}
          />
          {value.metrics.length > 1 && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              aria-label={`Remove ${entry.metric}`}
              onClick={() => set(value.metrics.filter((_each, at) => at !== index))}
            >
              <Cross2Icon />
            </ActionIcon>
          )}
        </Group>
      ))}
      {free !== undefined && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<PlusIcon />}
          className={classes['add'] ?? ''}
          onClick={() =>
            set([...value.metrics, { metric: free.value, target: free.value === 'request_rate' ? 100 : 60 }])
          }
        >
          Another metric
        </Button>
      )}
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <NumberInput
          label={labelOf('target_tracking.tolerance')}
          description={hintOf('TargetTrackingPolicyDto', 'tolerance', 'deviation that changes nothing; 0.1 by default')}
          clampBehavior="none"
          step={0.05}
          value={value.tolerance ?? ''}
          onChange={(field) => onChange({ ...value, tolerance: field as number })}
          error={about('tolerance')}
        />
        <TextInput
          label={labelOf('target_tracking.scale_up_stabilization')}
          description={hintOf('TargetTrackingPolicyDto', 'scale_up_stabilization', 'such as 30s; 0s by default')}
          value={value.scale_up_stabilization ?? ''}
          onChange={(event) => onChange({ ...value, scale_up_stabilization: event.currentTarget.value })}
          error={about('scale_up_stabilization')}
        />
        <TextInput
          label={labelOf('target_tracking.scale_down_stabilization')}
          description={hintOf('TargetTrackingPolicyDto', 'scale_down_stabilization', 'such as 5m; 5m by default')}
          value={value.scale_down_stabilization ?? ''}
          onChange={(event) => onChange({ ...value, scale_down_stabilization: event.currentTarget.value })}
          error={about('scale_down_stabilization')}
        />
      </SimpleGrid>
    </>
  );
}

type Key<T> = keyof T & string;

const THRESHOLD_NUMBERS: readonly Key<Threshold>[] = [
  'cpu_high',
  'cpu_low',
  'memory_high',
  'memory_low',
  'emergency',
  'scale_up_step',
  'scale_down_step',
  'emergency_step',
];
const THRESHOLD_TIMES: readonly Key<Threshold>[] = ['sustained_high', 'sustained_low', 'cooldown_up', 'cooldown_down'];

function ThresholdFields({ value, onChange, about }: PartProps<Threshold>) {
  return (
    <>
      <Text size="sm" c="dimmed">
        Empty fields use the service's configuration. Times are written 30s, 2m, 1h.
      </Text>
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        {THRESHOLD_NUMBERS.map((key) => (
          <NumberInput
            key={key}
            label={labelOf(`threshold.${key}`)}
            description={hintOf('ThresholdPolicyDto', key, '')}
            value={(value[key] as number | undefined) ?? ''}
            onChange={(field) => onChange({ ...value, [key]: field })}
            error={about(key)}
          />
        ))}
        {THRESHOLD_TIMES.map((key) => (
          <TextInput
            key={key}
            label={labelOf(`threshold.${key}`)}
            description={hintOf('ThresholdPolicyDto', key, '')}
            value={(value[key] as string | undefined) ?? ''}
            onChange={(event) => onChange({ ...value, [key]: event.currentTarget.value })}
            error={about(key)}
          />
        ))}
      </SimpleGrid>
    </>
  );
}

function ScheduleFields({ value, onChange, about }: PartProps<Schedule>) {
  const set = (index: number, change: Partial<Schedule['windows'][number]>): void =>
    onChange({ windows: value.windows.map((window, at) => (at === index ? { ...window, ...change } : window)) });
  return (
    <>
      {value.windows.map((window, index) => {
        const at = (field: string): string | null => about(`windows.${index}.${field}`);
        return (
          // Windows have no identity but their index while their names are being typed.
          <div key={index} className={classes['window']}>
            <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} className={classes['grow'] ?? ''}>
              <TextInput
                label={labelOf('windows.name')}
                description={hintOf('ScheduleWindowDto', 'name', '')}
                value={window.name}
                onChange={(event) => set(index, { name: event.currentTarget.value })}
                error={at('name')}
              />
              <TextInput
                label={labelOf('windows.cron')}
                value={window.cron}
                onChange={(event) => set(index, { cron: event.currentTarget.value })}
                error={at('cron')}
              />
              <TextInput
                label={labelOf('windows.duration')}
                description={hintOf('ScheduleWindowDto', 'duration', '')}
                value={window.duration}
                onChange={(event) => set(index, { duration: event.currentTarget.value })}
                error={at('duration')}
              />
              <TextInput
                label={labelOf('windows.time_zone')}
                placeholder="UTC"
                value={window.time_zone ?? ''}
                onChange={(event) => set(index, { time_zone: event.currentTarget.value })}
                error={at('time_zone')}
              />
              <NumberInput
                label={labelOf('windows.min_servers')}
                description={hintOf('ScheduleWindowDto', 'min_servers', '')}
                clampBehavior="none"
                value={window.min_servers ?? ''}
                onChange={(field) => set(index, { min_servers: field as number })}
                error={at('min_servers')}
              />
              <NumberInput
                label={labelOf('windows.max_servers')}
                description={hintOf('ScheduleWindowDto', 'max_servers', '')}
                clampBehavior="none"
                value={window.max_servers ?? ''}
                onChange={(field) => set(index, { max_servers: field as number })}
                error={at('max_servers')}
              />
            </SimpleGrid>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              aria-label={`Remove ${window.name}`}
              disabled={value.windows.length === 1}
              onClick={() => onChange({ windows: value.windows.filter((_window, other) => other !== index) })}
            >
              <Cross2Icon />
            </ActionIcon>
          </div>
        );
      })}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<PlusIcon />}
        className={classes['add'] ?? ''}
        onClick={() =>
          onChange({
            windows: [
              ...value.windows,
              { name: `window ${value.windows.length + 1}`, cron: '0 18 * * *', duration: '2h', min_servers: 2 },
            ],
          })
        }
      >
        Another window
      </Button>
    </>
  );
}
