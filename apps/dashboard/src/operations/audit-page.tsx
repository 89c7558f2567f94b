import { Anchor, Badge, Button, Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, ask, type Schema } from '../api/client';
import { Face, Failure, Waiting } from '../layout/faces';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { counted, moment } from '../layout/words';
import { useNow } from '../live/use-now';
import { type Change, changesOf } from './audit-changes';
import { isFiltered, queryOf, useAuditFilter } from './audit-filter';
import { AuditFilters } from './audit-filters';
import { actionWords } from './audit-words';
import classes from './audit-page.module.css';

type Entry = Schema['AuditEntryDto'];
const PAGE = 50;
/** Changes that are shown without a click. */
const SHOWN = 3;

/** The audit log, newest first, with its filters in the address. */
export function AuditPage() {
  useTitle('Audit log');
  const [filter, change, clear] = useAuditFilter();
  const query = queryOf(filter);
  const audit = useInfiniteQuery({
    queryKey: ['audit', query],
    queryFn: async ({ pageParam }) =>
      ask(
        api.GET('/audit', {
          params: { query: { ...query, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor: next }) => next ?? null,
    placeholderData: keepPreviousData,
  });
  const entries = audit.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <Section
      title="Who changed what"
      aside={
        <Button size="xs" variant="default" onClick={() => void audit.refetch()} loading={audit.isRefetching}>
          Refresh
        </Button>
      }
    >
      <AuditFilters filter={filter} onChange={change} onClear={clear} />
      {audit.isPending && <Waiting failure={audit.failureReason} />}
      {audit.isError && <Failure error={audit.error} onRetry={() => void audit.refetch()} />}
      {audit.isSuccess && entries.length === 0 && (
        <Face title="No entries">{isFiltered(filter) ? 'No entry matches this filter.' : 'The log is empty.'}</Face>
      )}
      {entries.length > 0 && <Entries entries={entries} busy={audit.isPlaceholderData} />}
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

/** A table; on a phone each row is a block. */
function Entries({ entries, busy }: { readonly entries: readonly Entry[]; readonly busy: boolean }) {
  const now = useNow();
  return (
    <div role="table" aria-label="Audit log" aria-busy={busy} className={classes['table']}>
      <div role="rowgroup" className={classes['head']}>
        <div role="row" className={classes['row']}>
          {['When', 'Who', 'What', 'Changed'].map((name) => (
            <div key={name} role="columnheader">
              {name}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup">
        {entries.map((entry) => (
          <div key={entry.id} role="row" className={classes['row']}>
            <div role="cell">{moment(entry.at, now)}</div>
            <div role="cell">
              <Text span size="sm" fw={600}>
                {entry.actor}
              </Text>
              {entry.ip !== null && (
                <Text size="xs" c="dimmed">
                  {entry.ip}
                </Text>
              )}
            </div>
            <div role="cell">
              {actionWords(entry.action)} <Target entry={entry} />{' '}
              {entry.outcome === 'failure' && (
                <Badge color="red" variant="light" size="sm" tt="none">
                  refused
                </Badge>
              )}
            </div>
            <div role="cell">
              <Changes changes={changesOf(entry.action, entry.before, entry.after, now)} />
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}

const ID_DIGITS = 8;

/** The target by the name that it had; its id only where no entry has ever named it. */
function Target({ entry }: { readonly entry: Entry }) {
  const { target_id: id, target_name: name, cluster_id: cluster } = entry;
  const shown = name ?? id?.slice(0, ID_DIGITS) ?? null;
  if (shown === null || cluster === null) return shown;
  return (
    <Anchor component={Link} size="sm" underline="always" to={`/clusters/${cluster}`}>
      {shown}
    </Anchor>
  );
}

function Changes({ changes }: { readonly changes: readonly Change[] }) {
  const more = changes.slice(SHOWN);
  return (
    <>
      <ChangeList changes={changes.slice(0, SHOWN)} />
      {more.length > 0 && (
        <details className={classes['more']}>
          <summary>{counted(more.length, 'more field')}</summary>
          <ChangeList changes={more} />
        </details>
      )}
    </>
  );
}

function ChangeList({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  return (
    <ul className={classes['changes']}>
      {changes.map(({ field, before, after }) => (
        <li key={field}>
          <Text span size="sm" c="dimmed">
            {field}
          </Text>{' '}
          {before !== null && <>{before} → </>}
          {after ?? 'none'}
        </li>
      ))}
    </ul>
  );
}
