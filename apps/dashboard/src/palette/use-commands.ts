import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMatch, useNavigate } from 'react-router';
import { api, ask } from '../api/client';
import { CONDITION_WORDS, seen, sorted } from '../clusters/overview';
import { type Cluster, clusterQueries } from '../cluster/queries';
import { useChange } from '../cluster/use-change';
import { useRelease } from '../cluster/use-release';
import { liveCluster } from '../live/live-store';
import { useNow } from '../live/use-now';
import { useSession } from '../session/session';
import type { Command } from './commands';

/** The palette, and the dialogs that its commands open. */
export type Opened = 'palette' | 'hold' | 'bounds' | 'pause' | 'keys';

const PARTS = [
  ['', 'Overview'],
  ['/backtests', 'Backtests'],
  ['/trust', 'Trust'],
  ['/policy', 'Policy'],
] as const;

/** The cluster of the current page; `null`: the page shows none. */
export function useShownCluster(): Cluster | null {
  const id = useMatch('/clusters/:id/*')?.params.id ?? '';
  const isCluster = id !== '' && id !== 'new' && id !== 'from-kubernetes';
  const { data } = useQuery({ ...clusterQueries.definition(id), enabled: isCluster });
  return isCluster ? (data ?? null) : null;
}

/** All that the user may do from here; clusters are loaded while the palette is open. */
export function useCommands(opened: boolean, cluster: Cluster | null, open: (dialog: Opened) => void): Command[] {
  return [
    ...useClusterCommands(opened),
    ...useActions(cluster, open),
    ...useGeneralActions(open),
    ...usePages(cluster),
  ];
}

function useClusterCommands(opened: boolean): Command[] {
  const navigate = useNavigate();
  const { data, dataUpdatedAt } = useQuery({
    queryKey: ['overview'],
    queryFn: async () => ask(api.GET('/clusters/overview')),
    enabled: opened,
  });
  const now = useNow();
  if (!opened) return [];
  const clusters = (data?.clusters ?? []).map((each) => seen(each, dataUpdatedAt, liveCluster(each.id), now));
  return sorted(clusters, { key: 'urgency', descending: false }).map(
    ({ overview: { id, name }, condition }): Command => ({
      id: `cluster ${id}`,
      group: 'Clusters',
      label: name,
      note: CONDITION_WORDS[condition],
      run: () => void navigate(`/clusters/${id}`),
    }),
  );
}

/** Of the cluster of the page, for those who may. */
function useActions(cluster: Cluster | null, open: (dialog: Opened) => void): Command[] {
  const { me, mayChange, isAdmin } = useSession();
  const { change } = useChange({ id: cluster?.id ?? '' });
  const release = useRelease(cluster?.id ?? '');
  const now = useNow();
  if (cluster === null || !mayChange || !(isAdmin || cluster.owner_id === me.id)) return [];
  const action = (id: string, label: string, run: () => void): Command => ({
    id: `action ${id}`,
    group: 'Actions',
    label: `${label} ${cluster.name}`,
    run,
  });
  const isPaused = cluster.status === 'paused';
  const isHeld = cluster.hold !== null && Date.parse(cluster.hold.until) > now;
  return [
    ...(isHeld ? [action('release', 'Release the hold of', () => release.mutate())] : []),
    ...(isHeld || isPaused ? [] : [action('hold', 'Hold a count of', () => open('hold'))]),
    action('bounds', 'Change the bounds of', () => open('bounds')),
    isPaused
      ? action('resume', 'Resume', () => change({ status: 'active' }))
      : action('pause', 'Pause', () => open('pause')),
  ];
}

function useGeneralActions(open: (dialog: Opened) => void): Command[] {
  const { mayChange, logOut } = useSession();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  const action = (label: string, run: () => void): Command => ({ id: `action ${label}`, group: 'Actions', label, run });
  return [
    ...(mayChange
      ? [
          action('New cluster', () => void navigate('/clusters/new')),
          action('Add clusters from Kubernetes', () => void navigate('/clusters/from-kubernetes')),
        ]
      : []),
    action(`Use ${other} colors`, () => setColorScheme(other)),
    action('Show all keys', () => open('keys')),
    action('Log out', logOut),
  ];
}

function usePages(cluster: Cluster | null): Command[] {
  const { isAdmin } = useSession();
  const navigate = useNavigate();
  const page = (to: string, label: string): Command => ({
    id: `page ${to}`,
    group: 'Pages',
    label,
    run: () => void navigate(to),
  });
  return [
    ...(cluster === null
      ? []
      : PARTS.map(([path, label]) => page(`/clusters/${cluster.id}${path}`, `${label} of ${cluster.name}`))),
    page('/', 'All clusters'),
    page('/connections', 'Connections'),
    page('/operations', 'Operations'),
    ...(isAdmin ? [page('/operations/audit', 'Audit log'), page('/operations/users', 'Users')] : []),
  ];
}
