import { NumberInput, SimpleGrid, TextInput } from '@mantine/core';
import type { ApiError } from '../api/client';
import { hintOf } from '../forms/hints';
import { labelOf } from '../forms/labels';
import type { Draft } from './draft';

interface ClusterFieldsProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly failure: ApiError | null;
}

/** Fields of a cluster other than its policy. */
export function ClusterFields({ draft, onChange, failure }: ClusterFieldsProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
      <TextInput
        label={labelOf('name')}
        description={hintOf('CreateClusterDto', 'name')}
        required
        withAsterisk={false}
        value={draft.name}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        error={failure?.about('name') ?? (failure?.code === 'name_taken' ? failure.message : null)}
      />
      <NumberInput
        label={labelOf('min_servers')}
        description={hintOf('CreateClusterDto', 'min_servers')}
        required
        withAsterisk={false}
        clampBehavior="none"
        allowDecimal={false}
        value={draft.min}
        onChange={(min) => onChange({ ...draft, min })}
        error={failure?.about('min_servers')}
      />
      <NumberInput
        label={labelOf('max_servers')}
        description={hintOf('CreateClusterDto', 'max_servers')}
        required
        withAsterisk={false}
        clampBehavior="none"
        allowDecimal={false}
        value={draft.max}
        onChange={(max) => onChange({ ...draft, max })}
        error={failure?.about('max_servers')}
      />
      <TextInput
        label={labelOf('config.interval')}
        description={hintOf('ClusterConfigDto', 'interval', 'such as 10s; as configured if empty')}
        value={draft.interval}
        onChange={(event) => onChange({ ...draft, interval: event.currentTarget.value })}
        error={failure?.about('config')}
      />
      <NumberInput
        label={labelOf('cost.per_server_hour')}
        description={hintOf('CostDto', 'per_server_hour', 'no money is shown if empty')}
        min={0}
        decimalScale={6}
        value={draft.price}
        onChange={(price) => onChange({ ...draft, price })}
        error={failure?.about('cost.per_server_hour')}
      />
      <TextInput
        label={labelOf('cost.currency')}
        description="three letters, such as EUR"
        maxLength={3}
        value={draft.currency}
        onChange={(event) => onChange({ ...draft, currency: event.currentTarget.value })}
        error={failure?.about('cost.currency')}
      />
    </SimpleGrid>
  );
}
