import { Badge, Button, Group, PasswordInput, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { PlusIcon } from '@radix-ui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask, type Schema } from '../api/client';
import { hintOf } from '../forms/hints';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { sayDone, sayWhatFailed } from '../cluster/use-change';
import { Failure, Waiting } from '../layout/faces';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { moment } from '../layout/words';
import { WideTable } from '../layout/wide-table';
import { useNow } from '../live/use-now';
import { useSession } from '../session/session';
import { NewPassword } from './new-password';

type User = Schema['UserDto'];
type Role = User['role'];
type Scope = User['scope'];

const ROLES: readonly { readonly value: Role; readonly label: string }[] = [
  { value: 'viewer', label: 'viewer: may look' },
  { value: 'operator', label: 'operator: may change what is theirs' },
  { value: 'admin', label: 'admin: may do everything' },
];

const SCOPES: readonly { readonly value: Scope; readonly label: string }[] = [
  { value: 'own', label: 'its own clusters' },
  { value: 'all', label: 'all clusters' },
];

/** Accounts and their permissions. */
export function UsersPage() {
  useTitle('Users');
  const { me } = useSession();
  const now = useNow();
  const client = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [renewing, setRenewing] = useState<User | null>(null);
  const [removing, setRemoving] = useState<User | null>(null);
  const users = useQuery({ queryKey: ['users'], queryFn: async () => ask(api.GET('/users')) });
  const change = useMutation({
    mutationFn: async ({ id, body }: { id: string; body: Schema['ChangeUserDto'] }) =>
      ask(api.PATCH('/users/{id}', { params: { path: { id } }, body })),
    onSuccess: (user, { body }) => sayDone(changedWords(user, body)),
    onError: sayWhatFailed,
    onSettled: () => void client.invalidateQueries({ queryKey: ['users'] }),
  });
  if (users.isPending) return <Waiting failure={users.failureReason} />;
  if (users.data === undefined) return <Failure error={users.error} onRetry={() => void users.refetch()} />;
  return (
    <Section
      title="Accounts"
      aside={
        <Button size="xs" leftSection={<PlusIcon />} onClick={() => setCreating(true)}>
          New account
        </Button>
      }
    >
      <WideTable minWidth={860}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Role</Table.Th>
              <Table.Th>Sees</Table.Th>
              <Table.Th>Since</Table.Th>
              <Table.Th>Last login</Table.Th>
              <Table.Th>
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {users.data.users.map((user) => (
              <Table.Tr key={user.id}>
                <Table.Td fw={600}>
                  {user.username}
                  {user.id === me.id && (
                    <Text span size="sm" c="dimmed" fw={400}>
                      {' '}
                      (you)
                    </Text>
                  )}
                  {user.disabled && (
                    <Badge size="sm" color="gray" variant="light" tt="none" ml={6}>
                      disabled
                    </Badge>
                  )}
                </Table.Td>
                <Table.Td>
                  <Select
                    aria-label={`Role of ${user.username}`}
                    size="xs"
                    data={[...ROLES]}
                    value={user.role}
                    allowDeselect={false}
                    disabled={change.isPending}
                    onChange={(role) => change.mutate({ id: user.id, body: { role: role ?? user.role } })}
                    w={270}
                  />
                </Table.Td>
                <Table.Td>
                  <Select
                    aria-label={`What ${user.username} sees`}
                    size="xs"
                    data={[...SCOPES]}
                    value={user.scope}
                    allowDeselect={false}
                    disabled={change.isPending || user.role === 'admin'}
                    onChange={(scope) => change.mutate({ id: user.id, body: { scope: scope ?? user.scope } })}
                    w={150}
                  />
                </Table.Td>
                <Table.Td>{moment(user.created_at, now)}</Table.Td>
                <Table.Td>
                  {typeof user.last_login_at === 'string' ? moment(user.last_login_at, now) : 'never'}
                </Table.Td>
                <Table.Td ta="right">
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    disabled={user.id === me.id}
                    onClick={() => setRenewing(user)}
                  >
                    New password
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    disabled={user.id === me.id || change.isPending}
                    onClick={() => change.mutate({ id: user.id, body: { disabled: !user.disabled } })}
                  >
                    {user.disabled ? 'Enable' : 'Disable'}
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    color="red"
                    disabled={user.id === me.id}
                    onClick={() => setRemoving(user)}
                  >
                    Remove
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      <NewAccount opened={creating} onClose={() => setCreating(false)} />
      <NewPassword user={renewing} onClose={() => setRenewing(null)} />
      <RemoveAccount user={removing} onClose={() => setRemoving(null)} />
    </Section>
  );
}

function changedWords({ username, role, scope, disabled }: User, changed: Schema['ChangeUserDto']): string {
  if (changed.disabled !== undefined) {
    return disabled
      ? `${username} is disabled: its logins end now. Its clusters keep running.`
      : `${username} can log in again.`;
  }
  if (changed.scope !== undefined)
    return `${username} sees ${scope === 'all' ? 'all clusters' : 'its own clusters'} now.`;
  return `${username} is ${role} now.`;
}

function NewAccount({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: async () => ask(api.POST('/users', { body: { username, password, role } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['users'] });
      sayDone(`${username} has an account now.`);
      setUsername('');
      setPassword('');
      onClose();
    },
  });
  const failure = create.error instanceof ApiError ? create.error : null;
  function submit(event: FormEvent): void {
    event.preventDefault();
    create.mutate();
  }
  return (
    <Dialog opened={opened} onClose={onClose} title="New account">
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput
            label="Username"
            description={hintOf('CredentialsDto', 'username')}
            data-autofocus
            required
            withAsterisk={false}
            autoComplete="off"
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            error={failure?.about('username')}
          />
          <PasswordInput
            label="Password"
            description={`${hintOf('CredentialsDto', 'password') ?? ''}. Hand it over safely; it is not shown again.`}
            required
            withAsterisk={false}
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={failure?.about('password')}
          />
          <Select
            label="Role"
            data={[...ROLES]}
            value={role}
            allowDeselect={false}
            onChange={(value) => setRole(value ?? 'operator')}
          />
          <FormEnd label="Create" pending={create.isPending} failure={failure} onCancel={onClose} />
        </Stack>
      </form>
    </Dialog>
  );
}

function RemoveAccount({ user, onClose }: { readonly user: User | null; readonly onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: async (id: string) => ask(api.DELETE('/users/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['users'] });
      sayDone(`${user?.username ?? 'The account'} is gone.`);
      onClose();
    },
    onError: sayWhatFailed,
  });
  return (
    <Dialog opened={user !== null} onClose={onClose} title={`Remove ${user?.username ?? ''}`}>
      <Stack>
        <Text size="sm">The account ends, with all its logins. One that owns clusters cannot be removed.</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => user !== null && remove.mutate(user.id)}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
