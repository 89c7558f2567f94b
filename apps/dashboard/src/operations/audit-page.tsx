import { Anchor, Badge, Button, Code, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, ask, type Schema } from '../api/client';
import { Failure, Waiting } from '../layout/faces';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { moment } from '../layout/words';
import { WideTable } from '../layout/wide-table';
import { useNow } from '../live/use-now';
import classes from './audit-page.module.css';

type Entry = Schema['AuditEntryDto'];
const PAGE = 50;

/** The audit log, newest first. */
export function AuditPage() {
  useTitle('Audit log');
  const now = useNow();
  const audit = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: async ({ pageParam }) =>
      ask(
        api.GET('/audit', {
          params: { query: { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor: next }) => next ?? null,
  });
  if (audit.isPending) return <Waiting failure={audit.failureReason} />;
  if (audit.data === undefined) return <Failure error={audit.error} onRetry={() => void audit.refetch()} />;
  const entries = audit.data.pages.flatMap((page) => page.entries);
  return (
    <Section
      title="What was done, and by whom"
      aside={
        <Button size="xs" variant="default" onClick={() => void audit.refetch()} loading={audit.isRefetching}>
          Refresh
        </Button>
      }
    >
      <WideTable minWidth={760}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>Who</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>To what</Table.Th>
              <Table.Th>From</Table.Th>
              <Table.Th>Changed</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entries.map((entry) => (
              <Table.Tr key={entry.id}>
                <Table.Td className={classes['when'] ?? ''}>{moment(entry.at, now)}</Table.Td>
                <Table.Td fw={600}>{entry.actor}</Table.Td>
                <Table.Td>
                  {entry.action}{' '}
                  {entry.outcome === 'failure' && (
                    <Badge color="red" variant="light" size="sm" tt="none">
                      refused
                    </Badge>
                  )}
                </Table.Td>
                <Table.Td>
                  <Target entry={entry} />
                </Table.Td>
                <Table.Td>{entry.ip ?? ''}</Table.Td>
                <Table.Td>
                  <Changed entry={entry} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      {audit.hasNextPage && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt="sm"
          loading={audit.isFetchingNextPage}
          onClick={() => void audit.fetchNextPage()}
        >
          Older
        </Button>
      )}
    </Section>
  );
}

const ID_DIGITS = 8;

/** Target of an entry by name; entries of partial changes have no name, so the start of the id is shown. */
function Target({ entry }: { readonly entry: Entry }) {
  const { target_type: type, target_id: id, before, after } = entry;
  const named = { ...before, ...after } as Record<string, unknown>;
  const name = named['name'] ?? named['username'];
  const shown = typeof name === 'string' ? name : id?.slice(0, ID_DIGITS);
  if (type !== 'cluster' || id === null) return [type, shown].join(' ');
  return (
    <>
      {type}{' '}
      <Anchor component={Link} size="sm" underline="always" to={`/clusters/${id}`}>
        {shown}
      </Anchor>
    </>
  );
}

/** The changed fields, before and after. */
function Changed({ entry }: { readonly entry: Entry }) {
  const before = (entry.before ?? {}) as Record<string, unknown>;
  const after = (entry.after ?? {}) as Record<string, unknown>;
  if (entry.before === null || entry.after === null) return null;
  const fields = Object.keys(after).filter(
    (field) => field !== 'updated_at' && JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  if (fields.length === 0) return null;
  return (
    <details className={classes['changed']}>
      <summary>{fields.join(', ')}</summary>
      {fields.map((field) => (
        <div key={field}>
          <Text size="xs" c="dimmed">
            {field}
          </Text>
          <Code block>
            {JSON.stringify(before[field], null, 1)} → {JSON.stringify(after[field], null, 1)}
          </Code>
        </div>
      ))}
    </details>
  );
}
