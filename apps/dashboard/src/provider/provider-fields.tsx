import { Select, Stack, Switch, Text } from '@mantine/core';
import type { ApiError } from '../api/client';
import { type Provider, useProviders } from './queries';
import { isGroup, type FieldSchema, type Value } from './schema';
import { SchemaFields } from './schema-fields';

interface ProviderFieldsProps {
  readonly provider: Value;
  readonly onChange: (provider: Value) => void;
  readonly failure: ApiError | null;
}

const HALVES = [
  { half: 'target', label: 'Servers' },
  { half: 'metrics', label: 'Metrics' },
] as const;

/**
 * The provider of a cluster: one for servers and metrics, or one for each. The fields come from the provider's
 * declaration.
 */
export function ProviderFields({ provider, onChange, failure }: ProviderFieldsProps) {
  const { data } = useProviders();
  if (data === undefined) return null;
  const { providers } = data;
  const isApart = !('type' in provider);
  const canBeApart = providers.length > 1 || isApart;
  return (
    <Stack gap="sm">
      {canBeApart && (
        <Switch
          label="Metrics from another provider"
          checked={isApart}
          onChange={(event) => onChange(event.currentTarget.checked ? apart(provider) : together(provider))}
        />
      )}
      {isApart ? (
        HALVES.map(({ half, label }) => (
          <HalfFields
            key={half}
            label={label}
            path={`provider.${half}`}
            choices={providers.flatMap((one) => choiceOf(one, one[half]?.schema ?? null))}
            value={groupAt(provider, half)}
            onChange={(value) => onChange({ ...provider, [half]: value })}
            failure={failure}
          />
        ))
      ) : (
        <HalfFields
          label="Servers and metrics"
          path="provider"
          choices={providers.flatMap((one) => choiceOf(one, one.schema))}
          value={provider}
          onChange={onChange}
          failure={failure}
        />
      )}
      {failure?.details.some(({ field }) => field === 'provider') === true && (
        <Text c="red" size="sm" role="alert">
          {failure.about('provider')}
        </Text>
      )}
    </Stack>
  );
}

interface Choice {
  readonly type: string;
  readonly title: string;
  readonly schema: FieldSchema;
}

interface HalfFieldsProps {
  readonly label: string;
  readonly path: string;
  readonly choices: readonly Choice[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly failure: ApiError | null;
}

function HalfFields({ label, path, choices, value, onChange, failure }: HalfFieldsProps) {
  const type = typeof value['type'] === 'string' ? value['type'] : null;
  const chosen = choices.find((choice) => choice.type === type);
  const isOffered = chosen !== undefined || type === null;
  return (
    <>
      {(choices.length > 1 || !isOffered) && (
        <Select
          label={label}
          data={choices.map((choice) => ({ value: choice.type, label: choice.title }))}
          value={chosen?.type ?? null}
          placeholder={isOffered ? undefined : `${type} (not available)`}
          allowDeselect={false}
          onChange={(next) => onChange(next === null || next === type ? value : { type: next })}
          error={failure?.about(`${path}.type`)}
        />
      )}
      {chosen !== undefined && (
        <SchemaFields schema={chosen.schema} value={value} onChange={onChange} path={path} failure={failure} />
      )}
    </>
  );
}

function choiceOf({ type, title }: Provider, schema: object | null): readonly Choice[] {
  return schema === null ? [] : [{ type, title, schema }];
}

/** The same provider for both halves; the service reports unsupported fields. */
function apart({ type }: Value): Value {
  return { target: { type }, metrics: { type } };
}

function together(provider: Value): Value {
  return groupAt(provider, 'target');
}

function groupAt(value: Value, name: string): Value {
  const group = value[name];
  return isGroup(group) ? group : {};
}
