import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { queryClient } from './api/query-client';
import { ClustersPage } from './clusters/clusters-page';
import { Waiting } from './layout/faces';
import { NotFound, PageError, Shell } from './layout/shell';
import { SessionProvider } from './session/session';
import { cssVariables, theme } from './theme';

const router = createBrowserRouter(
  [
    {
      element: <Shell />,
      hydrateFallbackElement: <Waiting />,
      errorElement: <PageError />,
      children: [
        { index: true, element: <ClustersPage /> },
        {
          path: 'clusters/:id',
          lazy: async () => ({ Component: (await import('./cluster/cluster-page')).ClusterPage }),
          children: [
            {
              index: true,
              lazy: async () => ({ Component: (await import('./cluster/overview-page')).OverviewPage }),
            },
          ],
        },
        { path: '*', element: <NotFound /> },
      ],
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
