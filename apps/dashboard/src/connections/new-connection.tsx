import { Select, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { sayDone } from '../cluster/use-change';
import { hintOf } from '../forms/hints';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { pruned, type Value } from '../provider/schema';
import { SchemaFields } from '../provider/schema-fields';
import { type Connection, type ConnectionType, useRefresh } from './queries';
import { SecretInputs, type Secrets, withoutEmpty } from './secret-inputs';

interface NewConnectionProps {
  /** The type to begin with; empty: the first one; `null`: closed. */
  readonly type: string | null;
  readonly onStored: (stored: Pick<Connection, 'name' | 'type'>) => void;
  readonly onClose: () => void;
  readonly types: readonly ConnectionType[];
}

/** Form for a new connection. */
export function NewConnection({ type, onStored, onClose, types }: NewConnectionProps) {
  return (
    <Dialog opened={type !== null} onClose={onClose} title="New connection" size="lg">
      {type !== null && <NewConnectionForm type={type} types={types} onStored={onStored} onClose={onClose} />}
    </Dialog>
  );
}

function NewConnectionForm({ type: first, types, onStored, onClose }: NewConnectionProps) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState(types.find(({ type }) => type === first) ?? types[0]);
  const [spec, setSpec] = useState<Value>({});
  const [secrets, setSecrets] = useState<Secrets>({});
  const [pastes, setPastes] = useState(false);
  const [text, setText] = useState('');
  const refresh = useRefresh();
  const pasted = pastes ? (chosen?.pasted ?? null) : null;
  const creating = useMutation({
    mutationFn: async () =>
      ask(
        api.POST('/connections', {
          body: {
            name,
            type: chosen?.type ?? '',
            spec: pasted === null ? { ...pruned(spec) } : { [pasted.field]: text },
            secrets: pasted === null ? withoutEmpty(secrets) : {},
          },
        }),
      ),
    onSuccess: (stored) => {
      refresh();
      sayDone(`${name} is stored. Clusters can name it now.`);
      onStored(stored);
    },
  });
  const failure = creating.error instanceof ApiError ? creating.error : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    creating.mutate();
  }

  return (
    <form onSubmit={submit} autoComplete="off" noValidate>
      <Stack>
        <TextInput
          label="Name"
          description={`${hintOf('CreateConnectionDto', 'name') ?? ''}. Clusters refer to it. It cannot be changed later.`}
          data-autofocus
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={failure?.about('name')}
        />
        <Select
          label="Type"
          data={types.map(({ type, title }) => ({ value: type, label: title }))}
          value={chosen?.type ?? null}
          allowDeselect={false}
          onChange={(type) => {
            setChosen(types.find((one) => one.type === type));
            setSpec({});
            setSecrets({});
            setText('');
          }}
          error={failure?.about('type')}
        />
        {chosen?.pasted !== null && chosen?.pasted !== undefined && (
          <Switch
            label={`Paste: ${chosen.pasted.title}`}
            checked={pastes}
            onChange={(event) => setPastes(event.currentTarget.checked)}
          />
        )}
        {chosen !== undefined && pasted === null && (
          <>
            <SchemaFields schema={chosen.schema} value={spec} onChange={setSpec} path="spec" failure={failure} />
            {chosen.secrets.length > 0 && (
              <Text size="sm" c="dimmed">
                Secrets are encrypted and not shown again. Leave empty what the system does not need.
              </Text>
            )}
            <SecretInputs names={chosen.secrets} value={secrets} onChange={setSecrets} failure={failure} />
          </>
        )}
        {pasted !== null && (
          <Textarea
            label={pasted.title}
            description={pasted.description}
            required
            withAsterisk={false}
            autosize
            minRows={6}
            maxRows={16}
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={failure?.about(`spec.${pasted.field}`)}
          />
        )}
        {failure?.details.some(({ field }) => field === 'spec') === true && (
          <Text c="red" size="sm" role="alert">
            {failure.about('spec')}
          </Text>
        )}
        <FormEnd label="Store" pending={creating.isPending} failure={failure} onCancel={onClose} />
      </Stack>
    </form>
  );
}
