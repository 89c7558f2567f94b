import { PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask, type Schema } from '../api/client';
import { sayDone } from '../cluster/use-change';
import { hintOf } from '../forms/hints';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';

type User = Pick<Schema['UserDto'], 'id' | 'username'>;

interface DialogProps {
  /** `null`: closed. */
  readonly user: User | null;
  readonly onClose: () => void;
}

/** Resets the password of an account that forgot it, or should be locked out. */
export function NewPassword({ user, onClose }: DialogProps) {
  return (
    <Dialog opened={user !== null} onClose={onClose} title={`New password of ${user?.username ?? ''}`}>
      {user !== null && <NewPasswordForm user={user} onClose={onClose} />}
    </Dialog>
  );
}

function NewPasswordForm({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const setting = useMutation({
    mutationFn: async () =>
      ask(api.PUT('/users/{id}/password', { params: { path: { id: user.id } }, body: { password } })),
    onSuccess: () => {
      sayDone(`${user.username} has another password now.`);
      onClose();
    },
  });
  const failure = setting.error instanceof ApiError ? setting.error : null;
  function submit(event: FormEvent): void {
    event.preventDefault();
    setting.mutate();
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">All logins of {user.username} end.</Text>
        <PasswordInput
          label="Password"
          description={`${hintOf('CredentialsDto', 'password') ?? ''}. Hand it over safely; it is not shown again.`}
          data-autofocus
          required
          withAsterisk={false}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={failure?.about('password')}
        />
        <FormEnd label="Set" pending={setting.isPending} failure={failure} onCancel={onClose} />
      </Stack>
    </form>
  );
}
