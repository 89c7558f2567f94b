import { PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { sayDone } from '../cluster/use-change';
import { hintOf } from '../forms/hints';
import { labelOf } from '../forms/labels';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { ME, useSession } from './session';

interface DialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Changes the password of the current user. */
export function PasswordDialog({ opened, onClose }: DialogProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Change your password">
      <PasswordForm onClose={onClose} />
    </Dialog>
  );
}

/** The typed passwords are reset with the dialog. */
function PasswordForm({ onClose }: Omit<DialogProps, 'opened'>) {
  const { me } = useSession();
  const [password, setPassword] = useState('');
  const [next, setNext] = useState('');
  const client = useQueryClient();
  const changing = useMutation({
    mutationFn: async () => ask(api.PUT('/auth/password', { body: { password, new_password: next } })),
    onSuccess: () => {
      // This login was replaced and has a new expiry.
      void client.invalidateQueries({ queryKey: ME });
      sayDone('Your password is changed. Wherever else you are logged in, you are so no longer.');
      onClose();
    },
  });
  const failure = changing.error instanceof ApiError ? changing.error : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    changing.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">Your other logins end: those of programs with a token of yours, too.</Text>
        {/* Lets password managers assign the password to the account. */}
        <input type="hidden" name="username" autoComplete="username" value={me.username} />
        <PasswordInput
          label="Present password"
          data-autofocus
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={failure?.about('password')}
        />
        <PasswordInput
          label={labelOf('new_password')}
          description={hintOf('CredentialsDto', 'password')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
          error={failure?.about('new_password')}
        />
        <FormEnd label="Change" pending={changing.isPending} failure={failure} onCancel={onClose} />
      </Stack>
    </form>
  );
}
