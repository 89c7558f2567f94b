import { Alert, Button, Group, List, Loader, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, ask, type Schema } from '../api/client';
import { Dialog } from '../layout/dialog';
import { colorOf, headline, rightsByUse, USES } from './rights';

type Result = Schema['ConnectionTestDto'];

interface ConnectionTestProps {
  /** Of the connection; `null`: closed. */
  readonly name: string | null;
  readonly onClose: () => void;
}

/** Tests a connection, and shows the result. */
export function ConnectionTest({ name, onClose }: ConnectionTestProps) {
  return (
    <Dialog opened={name !== null} onClose={onClose} title={`Test of ${name ?? ''}`}>
      {name !== null && <TestRun name={name} onClose={onClose} />}
    </Dialog>
  );
}

function TestRun({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const test = useQuery({
    queryKey: ['connection-test', name],
    queryFn: async () => ask(api.POST('/connections/{name}/test', { params: { path: { name } } })),
    // A previous result is outdated.
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return (
    <Stack>
      <div role="status">
        {test.isFetching ? (
          <Group>
            <Loader size="xs" />
            <Text size="sm">Testing …</Text>
          </Group>
        ) : test.data === undefined ? (
          <Alert color="red" variant="light">
            {test.error?.message}
          </Alert>
        ) : (
          <Findings result={test.data} />
        )}
      </div>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        <Button loading={test.isFetching} onClick={() => void test.refetch()}>
          Test again
        </Button>
      </Group>
    </Stack>
  );
}

function Findings({ result }: { readonly result: Result }) {
  const { reachable, error, tested, identity, version, missing } = result;
  if (!reachable) {
    return (
      <Alert color="red" variant="light" title="Not reachable">
        {error}
      </Alert>
    );
  }
  const groups = missing.length === 0 ? [] : rightsByUse(missing);
  return (
    <Stack gap="xs">
      <Alert color={colorOf(missing)} variant="light" title={headline(missing)}>
        {tested ? facts(identity, version) : 'The provider has no test of its own: all that is known is that it opens.'}
      </Alert>
      {groups.length > 0 && (
        <List size="sm">
          {groups.map(({ use, rights }) => (
            <List.Item key={use}>
              {USES[use]}: {rights.length === 0 ? 'all rights are there.' : `missing ${rights.join(', ')}`}
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

function facts(identity: string | null, version: string | null): string {
  const parts = [
    ...(identity === null ? [] : [`Known there as ${identity}.`]),
    ...(version === null ? [] : [`Version ${version}.`]),
  ];
  return parts.length === 0 ? 'It answers.' : parts.join(' ');
}
