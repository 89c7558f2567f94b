import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createBrowserRouter, type RouteObject } from 'react-router';
// Unlike the one of `react-router`, it supports flushSync.
import { RouterProvider } from 'react-router/dom';
import { queryClient } from './api/query-client';
import { ClustersPage } from './clusters/clusters-page';
import { Waiting } from './layout/faces';
import { loadedPage } from './layout/loaded-page';
import { NotFound, PageError, Shell } from './layout/shell';
import { Admins, Operators } from './session/access';
import { SessionProvider } from './session/session';
import { cssVariables, theme } from './theme';

/** An error of one of these pages takes the place of that page; what is around them stays. */
function framed(children: RouteObject[]): RouteObject[] {
  return [{ errorElement: <PageError />, children }];
}

/** Pages are loaded on demand; charts, which are most of the size, are not part of the first load. */
const router = createBrowserRouter(
  [
    {
      element: <Shell />,
      errorElement: <PageError />,
      hydrateFallbackElement: <Waiting />,
      children: framed([
        { index: true, element: <ClustersPage /> },
        {
          element: <Operators />,
          children: [
            {
              path: 'clusters/new',
              lazy: async () =>
                loadedPage(async () => (await import('./policy/choose-provider-page')).ChooseProviderPage),
            },
            {
              path: 'clusters/new/:provider',
              lazy: async () => loadedPage(async () => (await import('./policy/new-cluster-page')).NewClusterPage),
            },
            {
              path: 'clusters/from-kubernetes',
              lazy: async () =>
                loadedPage(async () => (await import('./workloads/add-from-kubernetes-page')).AddFromKubernetesPage),
            },
          ],
        },
        {
          path: 'clusters/:id',
          lazy: async () => loadedPage(async () => (await import('./cluster/cluster-page')).ClusterPage),
          children: framed([
            {
              index: true,
              lazy: async () => loadedPage(async () => (await import('./cluster/overview-page')).OverviewPage),
            },
            {
              path: 'backtests',
              lazy: async () => loadedPage(async () => (await import('./backtests/backtests-page')).BacktestsPage),
            },
            {
              path: 'backtests/:backtestId',
              lazy: async () => loadedPage(async () => (await import('./backtests/backtest-page')).BacktestPage),
            },
            {
              path: 'trust',
              lazy: async () => loadedPage(async () => (await import('./trust/trust-page')).TrustPage),
            },
            {
              path: 'policy',
              lazy: async () => loadedPage(async () => (await import('./policy/policy-page')).PolicyPage),
            },
          ]),
        },
        {
          path: 'connections',
          lazy: async () => loadedPage(async () => (await import('./connections/connections-page')).ConnectionsPage),
        },
        {
          path: 'operations',
          lazy: async () => loadedPage(async () => (await import('./operations/operations-layout')).OperationsLayout),
          children: framed([
            {
              index: true,
              lazy: async () => loadedPage(async () => (await import('./operations/service-page')).ServicePage),
            },
            {
              element: <Admins />,
              children: [
                {
                  path: 'audit',
                  lazy: async () => loadedPage(async () => (await import('./operations/audit-page')).AuditPage),
                },
                {
                  path: 'users',
                  lazy: async () => loadedPage(async () => (await import('./operations/users-page')).UsersPage),
                },
              ],
            },
          ]),
        },
        { path: '*', element: <NotFound /> },
      ]),
    },
  ],
  { basename: '/ui' },
);

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Notifications position="bottom-right" autoClose={6000} limit={4} />
      <QueryClientProvider client={queryClient}>
        <SessionProvider>
          <RouterProvider router={router} />
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
