import { Badge, Button, Table, Text, Title } from '@mantine/core';
import { PlusIcon } from '@radix-ui/react-icons';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { api, ask } from '../api/client';
import { sayDone, sayWhatFailed } from '../cluster/use-change';
import { Face, Failure, Waiting } from '../layout/faces';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { WideTable } from '../layout/wide-table';
import { moment } from '../layout/words';
import { useNow } from '../live/use-now';
import { useSession } from '../session/session';
import { ConnectionTest } from './connection-test';
import { DeleteConnection } from './delete-connection';
import { EditConnection } from './edit-connection';
import { NewConnection } from './new-connection';
import { type Connection, useConnections, useConnectionTypes, useRefresh } from './queries';
import { RotateSecrets } from './rotate-secrets';

/** The stored connections that the account may use. */
export function ConnectionsPage() {
  useTitle('Connections');
  const { mayChange } = useSession();
  const connections = useConnections();
  const types = useConnectionTypes();
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  /** The type of the connection that is being created; empty: not chosen yet. */
  const creating = parameters.get('new');
  const forImport = parameters.get('for') === 'import';
  const setCreating = (type: string | null): void =>
    setParameters(type === null ? {} : { new: type }, { replace: true });
  /** The name of the connection that is being tested; `null`: none. */
  const testing = parameters.get('test');
  const setTesting = (name: string | null): void =>
    setParameters(name === null ? {} : { test: name }, { replace: true });
  const [editing, setEditing] = useState<Connection | null>(null);
  const [rotating, setRotating] = useState<Connection | null>(null);
  const [deleting, setDeleting] = useState<Connection | null>(null);
  if (connections.isPending || types === undefined) return <Waiting failure={connections.failureReason} />;
  if (connections.data === undefined)
    return <Failure error={connections.error} onRetry={() => void connections.refetch()} />;
  const stored = connections.data.connections;
  return (
    <>
      <Title order={1} size="h2" mb="md">
        Connections
      </Title>
      <Section
        title="Stored connections"
        aside={
          mayChange &&
          types.length > 0 && (
            <Button size="xs" leftSection={<PlusIcon />} onClick={() => setCreating('')}>
              New connection
            </Button>
          )
        }
      >
        {stored.length === 0 ? (
          <Face title="No connections yet">
            A connection says where a system is reached and with which credentials. Clusters name it.
          </Face>
        ) : (
          <WideTable minWidth={860}>
            <Table verticalSpacing={6}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>Type</Table.Th>
                  <Table.Th>Secrets</Table.Th>
                  <Table.Th>Changed</Table.Th>
                  <Table.Th>
                    <span className="visually-hidden">Actions</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {stored.map((connection) => (
                  <ConnectionRow
                    key={connection.id}
                    connection={connection}
                    title={types.find(({ type }) => type === connection.type)?.title ?? connection.type}
                    onTest={() => setTesting(connection.name)}
                    onEdit={() => setEditing(connection)}
                    onRotate={() => setRotating(connection)}
                    onDelete={() => setDeleting(connection)}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        )}
      </Section>
      {mayChange && (
        <NewConnection
          type={creating}
          types={types}
          onStored={({ name, type }) => {
            if (forImport && type === 'kubernetes') void navigate(toImport(name));
            else setCreating(null);
          }}
          onClose={() => setCreating(null)}
        />
      )}
      <ConnectionTest name={mayChange ? testing : null} onClose={() => setTesting(null)} />
      <EditConnection connection={editing} types={types} onClose={() => setEditing(null)} />
      <RotateSecrets connection={rotating} types={types} onClose={() => setRotating(null)} />
      <DeleteConnection connection={deleting} onClose={() => setDeleting(null)} />
    </>
  );
}

/** The import of workloads with that connection. */
function toImport(name: string): string {
  return `/clusters/from-kubernetes?connection=${encodeURIComponent(name)}`;
}

interface ConnectionRowProps {
  readonly connection: Connection;
  readonly title: string;
  readonly onTest: () => void;
  readonly onEdit: () => void;
  readonly onRotate: () => void;
  readonly onDelete: () => void;
}

function ConnectionRow({ connection, title, onTest, onEdit, onRotate, onDelete }: ConnectionRowProps) {
  const { me, mayChange, isAdmin } = useSession();
  const now = useNow();
  const refresh = useRefresh();
  const { name, type, shared, secrets, owner_id: owner, updated_at: updatedAt } = connection;
  const sharing = useMutation({
    mutationFn: async () =>
      ask(api.PUT('/connections/{name}', { params: { path: { name } }, body: { shared: !shared } })),
    onSuccess: (changed) => {
      refresh();
      sayDone(changed.shared ? `Clusters of all users can name ${name} now.` : `${name} is for its owner only now.`);
    },
    onError: sayWhatFailed,
  });
  const isMine = isAdmin || owner === me.id;
  return (
    <Table.Tr>
      <Table.Td fw={600}>
        {name}
        {owner === me.id && (
          <Text span size="sm" c="dimmed" fw={400}>
            {' '}
            (yours)
          </Text>
        )}
        {shared && (
          <Badge size="sm" variant="light" tt="none" ml={6}>
            shared
          </Badge>
        )}
      </Table.Td>
      <Table.Td>{title}</Table.Td>
      <Table.Td>{secrets.length === 0 ? 'none' : secrets.join(', ')}</Table.Td>
      <Table.Td>{moment(updatedAt, now)}</Table.Td>
      <Table.Td ta="right">
        {mayChange && type === 'kubernetes' && (
          <Button
            component={Link}
            to={toImport(name)}
            size="compact-sm"
            variant="subtle"
            aria-label={`Add clusters from ${name}`}
          >
            Add clusters
          </Button>
        )}
        {mayChange && (
          <Button size="compact-sm" variant="subtle" aria-label={`Test ${name}`} onClick={onTest}>
            Test
          </Button>
        )}
        {isAdmin && (
          <Button
            size="compact-sm"
            variant="subtle"
            aria-label={shared ? `Stop sharing ${name}` : `Share ${name}`}
            loading={sharing.isPending}
            onClick={() => sharing.mutate()}
          >
            {shared ? 'Stop sharing' : 'Share'}
          </Button>
        )}
        {mayChange && isMine && (
          <>
            <Button size="compact-sm" variant="subtle" aria-label={`Edit ${name}`} onClick={onEdit}>
              Edit
            </Button>
            <Button size="compact-sm" variant="subtle" aria-label={`New secrets of ${name}`} onClick={onRotate}>
              New secrets
            </Button>
            <Button size="compact-sm" variant="subtle" color="red" aria-label={`Delete ${name}`} onClick={onDelete}>
              Delete
            </Button>
          </>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
