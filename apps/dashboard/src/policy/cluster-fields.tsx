import { NumberInput, SimpleGrid, TextInput } from '@mantine/core';
import type { ApiError } from '../api/client';
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
        label="Name"
        description="what it is called"
        required
        withAsterisk={false}
        maxLength={100}
        value={draft.name}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        error={failure?.about('name') ?? (failure?.code === 'name_taken' ? failure.message : null)}
      />
      <NumberInput
        label="At least"
        description="servers"
        required
        withAsterisk={false}
        min={0}
        allowDecimal={false}
        value={draft.min}
        onChange={(min) => onChange({ ...draft, min })}
        error={failure?.about('min_servers')}
      />
      <NumberInput
        label="At most"
        description="servers"
        required
        withAsterisk={false}
        min={1}
        allowDecimal={false}
        value={draft.max}
        onChange={(max) => onChange({ ...draft, max })}
        error={failure?.about('max_servers')}
      />
      <TextInput
        label="Decide every"
        description="such as 10s; as configured if empty"
        value={draft.interval}
        onChange={(event) => onChange({ ...draft, interval: event.currentTarget.value })}
        error={failure?.about('config')}
      />
      <NumberInput
        label="Cost of a server hour"
        description="no money is shown if empty"
        min={0}
        decimalScale={6}
        value={draft.price}
        onChange={(price) => onChange({ ...draft, price })}
        error={failure?.about('cost.per_server_hour')}
      />
      <TextInput
        label="Currency"
        description="three letters, such as EUR"
        maxLength={3}
        value={draft.currency}
        onChange={(event) => onChange({ ...draft, currency: event.currentTarget.value })}
        error={failure?.about('cost.currency')}
      />
    </SimpleGrid>
  );
}
