import { Alert, Button, Group, List, Loader, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, ask, type Schema } from '../api/client';
import { Dialog } from '../layout/dialog';

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
  return (
    <Stack gap="xs">
      <Alert color={missing.length === 0 ? 'green' : 'yellow'} variant="light" title={headline(result)}>
        {tested ? facts(identity, version) : 'The provider has no test of its own: all that is known is that it opens.'}
      </Alert>
      {missing.length > 0 && (
        <List size="sm">
          {missing.map(({ right, needed_for: use }) => (
            <List.Item key={`${right} ${use}`}>
              {right} <Text span c="dimmed">{`(for ${USES[use]})`}</Text>
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

const USES = { reading: 'reading', acting: 'acting', taking_over: 'taking over from another autoscaler' } as const;

function headline({ missing }: Result): string {
  if (missing.length === 0) return 'It works';
  return missing.length === 1 ? 'A right is missing' : `${missing.length} rights are missing`;
}

function facts(identity: string | null, version: string | null): string {
  const parts = [
    ...(identity === null ? [] : [`Known there as ${identity}.`]),
    ...(version === null ? [] : [`Version ${version}.`]),
  ];
  return parts.length === 0 ? 'It answers.' : parts.join(' ');
}
