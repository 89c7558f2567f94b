import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useConnections } from '../connections/queries';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { ConnectionSelect } from '../provider/connection-select';
import { useSession } from '../session/session';
import classes from './add-from-kubernetes-page.module.css';
import { WorkloadList } from './workload-list';

const TYPE = 'kubernetes';

/** Makes clusters of workloads that a Kubernetes connection finds. */
export function AddFromKubernetesPage() {
  useTitle('Add from Kubernetes');
  const [parameters, setParameters] = useSearchParams();
  const only = useOnlyConnection();
  const connection = parameters.get('connection') ?? only;
  const namespaces = parameters.get('namespace') ?? '';

  function set(name: string | null, within: string): void {
    setParameters({
      ...(name === null ? {} : { connection: name }),
      ...(within === '' ? {} : { namespace: within }),
    });
  }

  return (
    <Stack gap="md">
      <div>
        <Title order={1} size="h2">
          Add from Kubernetes
        </Title>
        <Text c="dimmed" size="sm">
          Each workload that you choose becomes a cluster that only recommends. Nothing changes in Kubernetes.
        </Text>
      </div>
      <Section title="Connection and namespaces">
        <div className={classes['where']}>
          <ConnectionSelect
            label="Connection"
            type={TYPE}
            forImport
            value={connection}
            onChange={(name) => set(name, namespaces)}
          />
          <Namespaces key={namespaces} value={namespaces} onChange={(within) => set(connection, within)} />
        </div>
      </Section>
      {connection === null ? (
        <Group>
          <Button component={Link} to="/clusters/new/kubernetes" variant="default">
            Describe a cluster by hand
          </Button>
        </Group>
      ) : (
        <WorkloadList key={`${connection} ${namespaces}`} connection={connection} namespaces={namespaces} />
      )}
    </Stack>
  );
}

/** The connection that can be meant where the account may use one only. */
function useOnlyConnection(): string | null {
  const { me } = useSession();
  const { data } = useConnections(TYPE);
  const usable = data?.connections.filter(({ shared, owner_id: owner }) => shared || owner === me.id) ?? [];
  return usable.length === 1 ? (usable[0]?.name ?? null) : null;
}

interface NamespacesProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Namespaces({ value, onChange }: NamespacesProps) {
  const [text, setText] = useState(value);

  function submit(event: FormEvent): void {
    event.preventDefault();
    onChange(text.replaceAll(/\s+/g, ''));
  }

  return (
    <form onSubmit={submit} className={classes['namespaces']}>
      <TextInput
        label="Namespaces"
        description="with commas between them; empty: all"
        placeholder="shop,web"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" variant="default">
        Show
      </Button>
    </form>
  );
}
