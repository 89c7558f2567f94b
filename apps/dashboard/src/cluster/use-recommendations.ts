import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, ask } from '../api/client';
import type { Cluster, Decision } from './queries';
import { rangeQuery, within } from './use-events';
import type { View } from './view';

const MOST = 1000;
const REFRESH_MS = 10_000;

/**
 * Scaling decisions that were not carried out, newest first: of a recommending policy, or of one on trial. Repeated
 * ones are listed once, at the first time.
 */
export function useRecommendations({ id, policy, candidate }: Cluster, view: View): readonly Decision[] {
  const role = policy.mode === 'recommend' ? 'acting' : 'candidate';
  const list = useQuery({
    queryKey: ['recommendations', id, role, view.kind === 'live' ? view.rangeMs : rangeQuery(view)],
    queryFn: async () => {
      const query = { ...rangeQuery(view), limit: MOST, policy_role: role, action: 'SCALE_UP,SCALE_DOWN' } as const;
      return ask(api.GET('/clusters/{id}/decisions', { params: { path: { id }, query } }));
    },
    enabled: role === 'acting' || (candidate ?? null) !== null,
    placeholderData: keepPreviousData,
    refetchInterval: view.kind === 'live' ? REFRESH_MS : false,
  });
  const decisions = list.data?.decisions;
  return useMemo(() => within(firsts(decisions ?? []), view), [decisions, view]);
}

/** Without decisions that repeat the previous one. */
function firsts(newestFirst: readonly Decision[]): readonly Decision[] {
  return newestFirst.filter((decision, index) => {
    const before = newestFirst[index + 1];
    return before === undefined || before.action !== decision.action || before.desired !== decision.desired;
  });
}
