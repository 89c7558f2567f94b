import { Button, SegmentedControl, Text, TextInput, Title } from '@mantine/core';
import { MagnifyingGlassIcon, PlusIcon, RocketIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api, ask } from '../api/client';
import { queryClient } from '../api/query-client';
import { Face, Failure, Waiting } from '../layout/faces';
import { Part } from '../layout/part';
import { useTitle } from '../layout/use-title';
import { counted } from '../layout/words';
import { ALL_CLUSTERS, live } from '../live/live';
import { useLiveOf } from '../live/use-live';
import { useSession } from '../session/session';
import { ClusterTable, type ClusterTableHandle } from './cluster-table';
import classes from './clusters-page.module.css';
import { NowStrip } from './now-strip';
import { type Filter, FILTERS, type Sorting, type SortKey } from './overview';
import { useClusterOrder } from './use-cluster-order';

/** Polling interval for what is not live (budgets, new clusters, order). */
const REFRESH_MS = 15_000;
const FILTER_WORDS: Readonly<Record<Filter, string>> = {
  all: 'All',
  attention: 'Needs attention',
  scaling: 'Scaling',
  held: 'Held',
  paused: 'Paused',
};

/** Alerts are batched for this time. */
const GATHERED_MS = 2000;

/** An alert changes the order soon; many at once cause a single reload. */
function useRefreshOnAlert(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const stop = live.on('alert', () => {
      timer ??= setTimeout(() => {
        timer = null;
        void queryClient.invalidateQueries({ queryKey: ['overview'] });
      }, GATHERED_MS);
    });
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, []);
}

/** The list of all clusters. */
export function ClustersPage() {
  useTitle('Clusters');
  useLiveOf(ALL_CLUSTERS);
  const { me, mayChange } = useSession();
  const seesOthers = me.scope === 'all';
  useRefreshOnAlert();
  const [parameters, setParameters] = useSearchParams();
  // Separate state: the URL is updated in a transition, which would lose fast typing.
  const [search, setSearch] = useState(parameters.get('search') ?? '');
  const filter = (parameters.get('show') ?? 'all') as Filter;
  const sorting: Sorting = {
    key: (parameters.get('sort') ?? 'urgency') as SortKey,
    descending: parameters.get('order') === 'desc',
  };
  const field = useRef<HTMLInputElement>(null);
  const table = useRef<ClusterTableHandle>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);

  const overview = useQuery({
    queryKey: ['overview'],
    queryFn: async () => ask(api.GET('/clusters/overview')),
    refetchInterval: REFRESH_MS,
  });
  const clusters = overview.data?.clusters;
  const { shown: order, counts } = useClusterOrder(clusters, {
    sorting,
    filter,
    search: useDeferredValue(search),
    loadedAt: overview.dataUpdatedAt,
  });

  function set(changes: Record<string, string | null>): void {
    setParameters(
      (current) => {
        const next = new URLSearchParams(current);
        for (const [key, value] of Object.entries(changes)) {
          if (value === null || value === '') next.delete(key);
          else next.set(key, value);
        }
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  }

  function find(text: string): void {
    setSearch(text);
    set({ search: text });
  }

  const create = mayChange && (
    <Button component={Link} to="/clusters/new" leftSection={<PlusIcon />} className={classes['create'] ?? ''}>
      New cluster
    </Button>
  );
  if (overview.isPending) return <Waiting failure={overview.failureReason} />;
  if (clusters === undefined)
    return <Failure whole error={overview.error as Error} onRetry={() => void overview.refetch()} />;
  if (clusters.length === 0) {
    return (
      <Face whole title="No clusters yet" icon={<RocketIcon width={30} height={30} />} action={create}>
        {mayChange
          ? 'Choose what stands behind it, and say what must hold. With simulated servers you see it scale in a minute.'
          : seesOthers
            ? 'Operators and admins create clusters. You see them here as soon as there are any.'
            : 'You see only your own clusters, and viewers have none. Ask an admin to let you see all clusters.'}
      </Face>
    );
  }
  return (
    <>
      <div className={classes['head']}>
        <Title order={1} size="h2">
          Clusters
        </Title>
        <Text c="dimmed" size="sm" role="status" className={classes['count']}>
          {order.length === clusters.length
            ? counted(clusters.length, 'cluster')
            : `${order.length} of ${counted(clusters.length, 'cluster')}`}
        </Text>
        {create}
      </div>
      <Part name="The figures of now">
        <NowStrip clusters={clusters} loadedAt={overview.dataUpdatedAt} />
      </Part>
      <div className={classes['filters']}>
        <TextInput
          ref={field}
          className={classes['search'] ?? ''}
          placeholder={seesOthers ? 'Search by name or owner' : 'Search by name'}
          aria-label="Search clusters"
          leftSection={<MagnifyingGlassIcon />}
          rightSection={<kbd className={classes['key']}>/</kbd>}
          value={search}
          onChange={(event) => find(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') find('');
            if (event.key === 'ArrowDown') {
              event.preventDefault();
              table.current?.focusFirst();
            }
          }}
        />
        <div className="scrolls">
          <SegmentedControl
            aria-label="Show"
            size="sm"
            data={FILTERS.map((each) => ({
              value: each,
              label: (
                <span
                  className={classes['filter']}
                  data-urgent={(each === 'attention' && counts[each] > 0) || undefined}
                >
                  <span>{FILTER_WORDS[each]}</span> <span className={classes['number']}>{counts[each]}</span>
                </span>
              ),
            }))}
            value={filter}
            onChange={(value) => set({ show: value === 'all' ? null : value })}
          />
        </div>
      </div>
      {order.length === 0 ? (
        <Face
          title="No cluster matches"
          action={
            <Button
              variant="default"
              onClick={() => {
                setSearch('');
                set({ search: null, show: null });
              }}
            >
              Show all
            </Button>
          }
        >
          {search === '' ? 'None is in this state now.' : `No name contains “${search}” here.`}
        </Face>
      ) : (
        <ClusterTable
          ref={table}
          clusters={order}
          loadedAt={overview.dataUpdatedAt}
          sorting={sorting}
          showOwner={seesOthers}
          onSort={({ key, descending }) => set({ sort: key, order: descending ? 'desc' : null })}
        />
      )}
    </>
  );
}
