import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api, ask, type Schema } from '../api/client';
import type { EventOf } from '../live/events';
import { useLiveEvent } from '../live/use-live';

export type Backtest = Schema['BacktestDto'];
export type BacktestDetail = Schema['BacktestDetailDto'];
export type BacktestRow = Schema['BacktestRowDto'];
export type BacktestRequest = Schema['CreateBacktestDto'];

/** Polling in case events are missing. */
const POLL_MS = 3000;

export function isOver({ status }: Pick<Backtest, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

export const backtestQueries = {
  list: (clusterId: string) =>
    queryOptions({
      queryKey: ['backtests', clusterId, 'list'],
      queryFn: async () => ask(api.GET('/clusters/{id}/backtests', { params: { path: { id: clusterId } } })),
      refetchInterval: ({ state }) => (state.data?.backtests.every(isOver) === false ? POLL_MS : false),
    }),
  one: (clusterId: string, backtestId: string) =>
    queryOptions({
      queryKey: ['backtests', clusterId, backtestId],
      queryFn: async () =>
        ask(
          api.GET('/clusters/{id}/backtests/{backtest_id}', {
            params: { path: { id: clusterId, backtest_id: backtestId } },
          }),
        ),
      refetchInterval: ({ state }) => (state.data !== undefined && !isOver(state.data) ? POLL_MS : false),
    }),
};

/** Updates the progress of backtests from live events. */
export function useBacktestProgress(clusterId: string): void {
  const client = useQueryClient();
  useLiveEvent(
    'backtest',
    useCallback(
      ({ cluster_id, data }: EventOf<'backtest'>) => {
        if (cluster_id !== clusterId) return;
        client.setQueryData<BacktestDetail>(['backtests', clusterId, data.id], (known) =>
          known === undefined ? known : { ...known, status: data.status, progress: data.progress, error: data.error },
        );
        client.setQueryData<Schema['BacktestListDto']>(['backtests', clusterId, 'list'], (known) =>
          known === undefined
            ? known
            : {
                ...known,
                backtests: known.backtests.map((each) =>
                  each.id === data.id ? { ...each, status: data.status, progress: data.progress } : each,
                ),
              },
        );
        if (isOver(data)) void client.invalidateQueries({ queryKey: ['backtests', clusterId] });
      },
      [client, clusterId],
    ),
  );
}

export function useStartBacktest(clusterId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: BacktestRequest) =>
      ask(api.POST('/clusters/{id}/backtests', { params: { path: { id: clusterId } }, body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['backtests', clusterId] }),
  });
}

/** Cancels a running backtest, removes an ended one. */
export function useRemoveBacktest(clusterId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (backtestId: string) =>
      ask(
        api.DELETE('/clusters/{id}/backtests/{backtest_id}', {
          params: { path: { id: clusterId, backtest_id: backtestId } },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['backtests', clusterId] }),
  });
}
