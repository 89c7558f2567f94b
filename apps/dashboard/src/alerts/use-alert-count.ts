import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ask } from '../api/client';
import { setAlertCount } from '../layout/tab';

const REFRESH_MS = 15_000;

const activeAlerts = queryOptions({
  queryKey: ['overview', 'active-alerts'],
  queryFn: async () => ask(api.GET('/alerts/active')),
  refetchInterval: REFRESH_MS,
  // A tab in the background is where the count is needed.
  refetchIntervalInBackground: true,
});

/** Shows the number of active alerts in the tab's title and icon, except alerts that need no action. */
export function useAlertCount(): void {
  const { data, failureCount } = useQuery(activeAlerts);
  const known = data !== undefined && failureCount === 0;
  const count = known ? data.critical + data.warning : failureCount === 0 ? 0 : null;
  useEffect(() => {
    setAlertCount(count);
    return () => setAlertCount(0);
  }, [count]);
}
