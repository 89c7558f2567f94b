import { Autocomplete, Button, Group, Select, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask } from '../api/client';
import { type AuditFilter, BETWEEN, isFiltered } from './audit-filter';
import { CHOICES } from './audit-words';

const RANGES = [
  { value: '1h', label: 'the last hour' },
  { value: '24h', label: 'the last 24 hours' },
  { value: '7d', label: 'the last 7 days' },
  { value: '30d', label: 'the last 30 days' },
  { value: BETWEEN, label: 'between …' },
];
const LONGEST_NAME = 100;

interface AuditFiltersProps {
  readonly filter: AuditFilter;
  readonly onChange: (change: Partial<AuditFilter>) => void;
  readonly onClear: () => void;
}

/** Who, what, on what, and when. Names apply with Enter, or when their field is left. */
export function AuditFilters({ filter, onChange, onClear }: AuditFiltersProps) {
  const users = useQuery({ queryKey: ['users'], queryFn: async () => ask(api.GET('/users')) });
  /** Names that do not apply yet; `null`: those of the filter. */
  const [typed, setTyped] = useState<Pick<AuditFilter, 'who' | 'to'> | null>(null);
  const { who, to } = typed ?? filter;
  const apply = (): void => {
    if (typed !== null) onChange({ who: who.trim(), to: to.trim() });
    setTyped(null);
  };
  function submit(event: FormEvent): void {
    event.preventDefault();
    apply();
  }
  return (
    <form role="search" aria-label="Filter of the audit log" onSubmit={submit}>
      <Group align="flex-end" gap="sm" mb="md">
        <Autocomplete
          label="Who"
          placeholder="anyone"
          maxLength={LONGEST_NAME}
          data={users.data?.users.map(({ username }) => username) ?? []}
          value={who}
          onChange={(text) => setTyped({ who: text, to })}
          onOptionSubmit={(name) => {
            onChange({ who: name, to: to.trim() });
            setTyped(null);
          }}
          onBlur={apply}
          w={{ base: '100%', xs: 150 }}
        />
        <Select
          label="What"
          placeholder="anything"
          data={CHOICES}
          value={filter.what === '' ? null : filter.what}
          onChange={(what) => onChange({ what: what ?? '' })}
          searchable
          clearable
          nothingFoundMessage="No such action"
          w={{ base: '100%', xs: 230 }}
        />
        <TextInput
          label="On"
          placeholder="cluster, connection or account"
          maxLength={LONGEST_NAME}
          value={to}
          onChange={(event) => setTyped({ who, to: event.currentTarget.value })}
          onBlur={apply}
          w={{ base: '100%', xs: 310 }}
        />
        <Select
          label="When"
          placeholder="at any time"
          data={RANGES}
          value={filter.when === '' ? null : filter.when}
          onChange={(when) => onChange({ when: when ?? '', ...(when === BETWEEN ? {} : { from: '', until: '' }) })}
          clearable
          w={{ base: '100%', xs: 180 }}
        />
        {filter.when === BETWEEN &&
          (['from', 'until'] as const).map((end) => (
            <TextInput
              key={end}
              type="datetime-local"
              label={end === 'from' ? 'From' : 'Until'}
              value={filter[end]}
              onChange={(event) => onChange({ [end]: event.currentTarget.value })}
              w={{ base: '100%', xs: 210 }}
            />
          ))}
        <Switch
          label="Only refused"
          checked={filter.refused}
          onChange={(event) => onChange({ refused: event.currentTarget.checked })}
          mb={8}
        />
        {isFiltered(filter) && (
          <Button variant="subtle" size="compact-sm" mb={6} onClick={onClear}>
            Clear filters
          </Button>
        )}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Group>
    </form>
  );
}
