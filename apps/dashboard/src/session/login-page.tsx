import { Alert, Anchor, Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { wrongFields } from '../forms/form-failure';
import { hintOf } from '../forms/hints';
import { labelOf } from '../forms/labels';
import { Logo } from '../layout/logo';
import { useTitle } from '../layout/use-title';
import classes from './login-page.module.css';

type Purpose = 'login' | 'register';

/** Login, and registration where it is open. */
export function LoginPage({ ended, onLogin }: { readonly ended: boolean; readonly onLogin: () => void }) {
  const registration = useQuery({
    queryKey: ['registration'],
    queryFn: async () => ask(api.GET('/auth/registration')),
    staleTime: 0,
  });
  const first = registration.data?.first === true;
  const [chosen, setChosen] = useState<Purpose | null>(null);
  const purpose = chosen ?? (first ? 'register' : 'login');
  useTitle(purpose === 'login' ? 'Log in' : 'Create an account');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const entering = useMutation({
    mutationFn: async () => {
      const body = { username, password };
      return purpose === 'login' ? ask(api.POST('/auth/login', { body })) : ask(api.POST('/auth/register', { body }));
    },
    onSuccess: onLogin,
  });
  const failure = entering.error instanceof ApiError ? entering.error : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    entering.mutate();
  }

  function turn(to: Purpose): void {
    setChosen(to);
    entering.reset();
    field.current?.focus();
  }

  const about = (name: string): string | null => failure?.about(name) ?? null;
  const general = failure !== null && about('username') === null && about('password') === null;
  const hint = (name: string): string | undefined =>
    purpose === 'register' ? hintOf('CredentialsDto', name) : undefined;
  useEffect(() => {
    if (failure !== null) wrongFields(form.current)[0]?.focus();
  }, [failure]);

  return (
    <main className={classes['page']}>
      <div className={classes['column']}>
        <Logo large />
        <Paper className={classes['card']} withBorder>
          <form ref={form} onSubmit={submit} noValidate>
            <Stack gap="md">
              <div>
                <Title order={1} size="h3">
                  {purpose === 'login' ? 'Log in' : first ? 'Create the first account' : 'Create an account'}
                </Title>
                {first && purpose === 'register' && (
                  <Text size="sm" c="dimmed" mt={4}>
                    There are no accounts yet. The first one is an admin and may do everything.
                  </Text>
                )}
              </div>
              {ended && (
                <Alert color="yellow" role="status" variant="light">
                  Your login has ended. Log in again to continue where you were.
                </Alert>
              )}
              {general && (
                <Alert color="red" role="alert" variant="light">
                  {sentence(failure)}
                </Alert>
              )}
              <TextInput
                ref={field}
                label={labelOf('username')}
                name="username"
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                required
                withAsterisk={false}
                value={username}
                onChange={(event) => setUsername(event.currentTarget.value)}
                description={hint('username')}
                error={about('username')}
              />
              <PasswordInput
                label={labelOf('password')}
                name="password"
                autoComplete={purpose === 'login' ? 'current-password' : 'new-password'}
                required
                withAsterisk={false}
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
                error={about('password')}
                description={hint('password')}
              />
              <Button type="submit" fullWidth loading={entering.isPending} mt={4}>
                {purpose === 'login' ? 'Log in' : 'Create account'}
              </Button>
            </Stack>
          </form>
        </Paper>
        <Text size="sm" ta="center">
          {purpose === 'register' ? (
            <Anchor component="button" type="button" onClick={() => turn('login')}>
              I have an account
            </Anchor>
          ) : registration.data?.open === true ? (
            <Anchor component="button" type="button" onClick={() => turn('register')}>
              Create an account
            </Anchor>
          ) : (
            <Text span c="dimmed">
              No account? An admin can make you one.
            </Text>
          )}
        </Text>
      </div>
    </main>
  );
}

function sentence(failure: ApiError): string {
  if (failure.code === 'wrong_credentials') return 'This username and password do not belong together.';
  if (failure.status === 429) return 'Too many attempts. Wait a minute, then try again.';
  if (failure.status === 0) return 'The service cannot be reached just now. Try again in a moment.';
  return failure.message.charAt(0).toUpperCase() + failure.message.slice(1) + '.';
}
