import { Anchor, List, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Schema } from '../api/client';
import { Section } from '../layout/section';
import { counted } from '../layout/words';
import { keyOf } from './workload';

type Imported = Schema['ImportedWorkloadDto'];

/** What became of each workload of an import. */
export function ImportResult({ imported }: { readonly imported: readonly Imported[] }) {
  const made = imported.filter(({ cluster }) => cluster !== null).length;
  const skipped = imported.length - made;
  return (
    <Section title="Result of the import">
      <Text size="sm" role="status" mb="xs">
        {`${counted(made, 'cluster')} created, ${skipped} skipped.`}
        {made > 0 && ' The first recommendation is there after one tick.'}
      </Text>
      <List size="sm" spacing={6}>
        {imported.map((one) => (
          <List.Item key={keyOf(one.workload)}>
            <Outcome imported={one} />
          </List.Item>
        ))}
      </List>
    </Section>
  );
}

function Outcome({ imported: { workload, cluster, skipped, notes } }: { readonly imported: Imported }) {
  const { namespace, name, kind } = workload;
  return (
    <>
      {cluster === null ? (
        <Text span size="sm">
          {`${kind} ${namespace}/${name} was skipped. ${skipped ?? ''}`}
        </Text>
      ) : (
        <>
          <Anchor component={Link} size="sm" underline="always" to={`/clusters/${cluster.id}`}>
            {cluster.name}
          </Anchor>{' '}
          <Text span size="sm">{`${cluster.min_servers} to ${cluster.max_servers} servers, only recommends`}</Text>
        </>
      )}
      {notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
    </>
  );
}
