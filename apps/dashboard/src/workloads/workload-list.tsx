import { Alert, Button, Group, List, Text, TextInput } from '@mantine/core';
import { MagnifyingGlassIcon } from '@radix-ui/react-icons';
import { useDeferredValue, useState } from 'react';
import { Face, Failure, Waiting } from '../layout/faces';
import { Section } from '../layout/section';
import { counted } from '../layout/words';
import { ImportResult } from './import-result';
import { useImport, useWorkloads } from './queries';
import { chosenOf, isFree, keyOf, matching, MOST_CHOSEN, type Workload } from './workload';
import { WorkloadTable } from './workload-table';

/** Rights that are named one by one. */
const MOST_NAMED = 5;
const NONE: ReadonlySet<string> = new Set();

interface WorkloadListProps {
  readonly connection: string;
  readonly namespaces: string;
}

/** The workloads of a connection, and the clusters that were made of them. */
export function WorkloadList({ connection, namespaces }: WorkloadListProps) {
  const list = useWorkloads(connection, namespaces);
  const importing = useImport(connection);
  return (
    <>
      {importing.data !== undefined && <ImportResult imported={importing.data.clusters} />}
      <Section
        title="Workloads"
        aside={
          <Button size="xs" variant="default" loading={list.isFetching} onClick={() => void list.refetch()}>
            Refresh
          </Button>
        }
      >
        {list.isPending ? (
          <Waiting failure={list.failureReason} />
        ) : list.data === undefined ? (
          <Failure error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <>
            <LeftOut missing={list.data.missing} truncated={list.data.truncated} />
            {list.data.workloads.length === 0 ? (
              <Face title="No workloads here">Nothing with a scale was found, or a right to list it is missing.</Face>
            ) : (
              <Choice workloads={list.data.workloads} importing={importing} />
            )}
          </>
        )}
      </Section>
    </>
  );
}

interface LeftOutProps {
  readonly missing: readonly string[];
  readonly truncated: boolean;
}

/** Why the list may not be whole. */
function LeftOut({ missing, truncated }: LeftOutProps) {
  if (missing.length === 0 && !truncated) return null;
  const named = missing.slice(0, MOST_NAMED);
  return (
    <Alert color="yellow" variant="light" mb="md" title="Something may be left out">
      {truncated && <Text size="sm">There are more workloads than can be listed. Name a namespace.</Text>}
      {missing.length > 0 && (
        <>
          <Text size="sm">Rights are missing. Name the namespaces that you have rights for, or grant these:</Text>
          <List size="sm">
            {named.map((right) => (
              <List.Item key={right}>{right}</List.Item>
            ))}
            {missing.length > named.length && <List.Item>{`and ${missing.length - named.length} more`}</List.Item>}
          </List>
        </>
      )}
    </Alert>
  );
}

interface ChoiceProps {
  readonly workloads: readonly Workload[];
  readonly importing: ReturnType<typeof useImport>;
}

/** Search, choose and import. What is chosen stays so while the search changes. */
function Choice({ workloads, importing }: ChoiceProps) {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState(NONE);
  const found = matching(workloads, useDeferredValue(search));
  const shown = found.slice(0, MOST_CHOSEN);
  // What was registered or has gone since it was chosen is no longer meant.
  const meant = workloads.filter((workload) => isFree(workload) && chosen.has(keyOf(chosenOf(workload))));
  const isTooMany = meant.length > MOST_CHOSEN;

  function choose(keys: readonly string[], isChosen: boolean): void {
    setChosen((before) => {
      const next = new Set(before);
      for (const key of keys) {
        if (isChosen) next.add(key);
        else next.delete(key);
      }
      return next;
    });
  }

  return (
    <>
      <TextInput
        mb="sm"
        aria-label="Search workloads"
        placeholder="Search by namespace, name, kind or autoscaler"
        leftSection={<MagnifyingGlassIcon />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {found.length === 0 ? (
        <Face
          title="No workload matches"
          action={
            <Button variant="default" onClick={() => setSearch('')}>
              Show all
            </Button>
          }
        />
      ) : (
        <WorkloadTable workloads={shown} chosen={chosen} onChoose={choose} />
      )}
      {shown.length < found.length && (
        <Text
          size="sm"
          c="dimmed"
          mt="xs"
        >{`The first ${shown.length} of ${found.length} are shown. Search for others.`}</Text>
      )}
      {importing.error !== null && (
        <Alert color="red" variant="light" role="alert" mt="sm">
          {importing.error.message}
        </Alert>
      )}
      <Group justify="flex-end" mt="md">
        <Text size="sm" c="dimmed" role="status">
          {isTooMany
            ? `At most ${MOST_CHOSEN} can be imported at once; ${meant.length} are chosen.`
            : `${counted(meant.length, 'workload')} chosen`}
        </Text>
        <Button
          disabled={meant.length === 0 || isTooMany}
          loading={importing.isPending}
          onClick={() => importing.mutate(meant.map(chosenOf), { onSuccess: () => setChosen(NONE) })}
        >
          Import
        </Button>
      </Group>
    </>
  );
}
