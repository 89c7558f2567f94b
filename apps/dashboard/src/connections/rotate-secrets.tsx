import { Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { sayDone } from '../cluster/use-change';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { type Connection, type ConnectionType, useRefresh } from './queries';
import { SecretInputs, type Secrets, withoutEmpty } from './secret-inputs';

interface RotateSecretsProps {
  /** `null`: closed. */
  readonly connection: Connection | null;
  readonly types: readonly ConnectionType[];
  readonly onClose: () => void;
}

/** Replaces secrets of a connection. */
export function RotateSecrets({ connection, types, onClose }: RotateSecretsProps) {
  const names = types.find(({ type }) => type === connection?.type)?.secrets ?? connection?.secrets ?? [];
  return (
    <Dialog opened={connection !== null} onClose={onClose} title={`New secrets of ${connection?.name ?? ''}`}>
      {connection !== null && <RotateForm connection={connection} names={names} onClose={onClose} />}
    </Dialog>
  );
}

interface RotateFormProps {
  readonly connection: Connection;
  readonly names: readonly string[];
  readonly onClose: () => void;
}

function RotateForm({ connection: { name }, names, onClose }: RotateFormProps) {
  const [secrets, setSecrets] = useState<Secrets>({});
  const refresh = useRefresh();
  const rotating = useMutation({
    mutationFn: async () =>
      ask(
        api.POST('/connections/{name}/rotate', {
          params: { path: { name } },
          body: { secrets: withoutEmpty(secrets) },
        }),
      ),
    onSuccess: () => {
      refresh();
      sayDone(`${name} has new secrets. The next tick uses them.`);
      onClose();
    },
  });
  const failure = rotating.error instanceof ApiError ? rotating.error : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    rotating.mutate();
  }

  return (
    <form onSubmit={submit} autoComplete="off">
      <Stack>
        <Text size="sm">Secrets that you leave empty stay as they are.</Text>
        <SecretInputs names={names} value={secrets} onChange={setSecrets} failure={failure} />
        <FormEnd
          label="Replace"
          pending={rotating.isPending}
          disabled={Object.keys(withoutEmpty(secrets)).length === 0}
          failure={failure}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
