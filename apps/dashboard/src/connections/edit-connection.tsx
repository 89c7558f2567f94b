import { Stack, Switch } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { sayDone } from '../cluster/use-change';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { pruned, type Value } from '../provider/schema';
import { SchemaFields } from '../provider/schema-fields';
import { type Connection, type ConnectionType, useRefresh } from './queries';
import { SecretInputs, type Secrets, withoutEmpty } from './secret-inputs';

interface EditConnectionProps {
  /** `null`: closed. */
  readonly connection: Connection | null;
  readonly types: readonly ConnectionType[];
  readonly onClose: () => void;
}

/** Changes where a connection leads. */
export function EditConnection({ connection, types, onClose }: EditConnectionProps) {
  const type = types.find((one) => one.type === connection?.type);
  return (
    <Dialog opened={connection !== null} onClose={onClose} title={`Edit ${connection?.name ?? ''}`} size="lg">
      {connection !== null && type !== undefined && <EditForm connection={connection} type={type} onClose={onClose} />}
    </Dialog>
  );
}

interface EditFormProps {
  readonly connection: Connection;
  readonly type: ConnectionType;
  readonly onClose: () => void;
}

function EditForm({ connection, type, onClose }: EditFormProps) {
  const { name, version } = connection;
  const [spec, setSpec] = useState<Value>({ ...connection.spec });
  const [replaces, setReplaces] = useState(false);
  const [secrets, setSecrets] = useState<Secrets>({});
  const refresh = useRefresh();
  const editing = useMutation({
    mutationFn: async () =>
      ask(
        api.PUT('/connections/{name}', {
          params: { path: { name } },
          body: { spec: { ...pruned(spec) }, version, ...(replaces ? { secrets: withoutEmpty(secrets) } : {}) },
        }),
      ),
    onSuccess: () => {
      refresh();
      sayDone(`${name} is changed. The next tick uses it.`);
      onClose();
    },
  });
  const failure = editing.error instanceof ApiError ? editing.error : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    editing.mutate();
  }

  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack>
        <SchemaFields schema={type.schema} value={spec} onChange={setSpec} path="spec" failure={failure} />
        {type.secrets.length > 0 && (
          <Switch
            label="Replace all secrets"
            description="Needed where the new address is another one. Secrets that you leave empty are removed."
            checked={replaces}
            onChange={(event) => setReplaces(event.currentTarget.checked)}
            error={failure?.about('secrets')}
          />
        )}
        {replaces && <SecretInputs names={type.secrets} value={secrets} onChange={setSecrets} failure={failure} />}
        <FormEnd label="Save" pending={editing.isPending} failure={failure} onCancel={onClose} />
      </Stack>
    </form>
  );
}
