import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef } from 'react';
import { Link, useNavigate } from 'react-router';
import { api, ApiError, ask } from '../api/client';
import { useDraft } from '../layout/drafts';
import { LeaveGuard } from '../layout/leave-guard';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { ProviderFields } from '../provider/provider-fields';
import { ClusterFields } from './cluster-fields';
import { definitionOf, type Draft, isSame, NEW_DRAFT } from './draft';
import { PolicyEditor } from './policy-editor';

/** Form for a new cluster. */
export function NewClusterPage() {
  useTitle('New cluster');
  const [typed, setTyped] = useDraft<Draft>('new cluster');
  const draft = typed ?? NEW_DRAFT;
  const setDraft = (next: Draft): void => setTyped(isSame(next, NEW_DRAFT) ? null : next);
  const saved = useRef(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const creating = useMutation({
    mutationFn: async () =>
      ask(
        api.POST('/clusters', {
          body: definitionOf(draft),
        }),
      ),
    onSuccess: async (cluster) => {
      void client.invalidateQueries({ queryKey: ['overview'] });
      saved.current = true;
      setTyped(null);
      await navigate(`/clusters/${cluster.id}`);
    },
  });
  const failure = creating.error instanceof ApiError ? creating.error : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    creating.mutate();
  }

  return (
    <form onSubmit={submit}>
      <LeaveGuard name="the new cluster" changed={typed !== null} saved={saved} onDiscard={() => setTyped(null)} />
      <Stack gap="md" maw={1000} mx="auto">
        <Group justify="space-between">
          <Title order={1} size="h2">
            New cluster
          </Title>
          <Button component={Link} to="/clusters/from-kubernetes" variant="default" size="xs">
            Add from Kubernetes
          </Button>
        </Group>
        <Section title="The cluster">
          <ClusterFields draft={draft} onChange={setDraft} failure={failure} />
        </Section>
        <Section title="What must hold">
          <PolicyEditor policy={draft.policy} onChange={(policy) => setDraft({ ...draft, policy })} failure={failure} />
        </Section>
        <Section title="What stands behind it">
          {draft.provider['type'] === 'simulator' && (
            <Text size="sm" c="dimmed" mb="sm">
              The servers are simulated: load, metrics and the time that a server takes to start are as real as the
              decisions are.
            </Text>
          )}
          <ProviderFields
            provider={draft.provider}
            onChange={(provider) => setDraft({ ...draft, provider })}
            failure={failure}
          />
        </Section>
        {failure !== null && (
          <Alert color="red" role="alert" variant="light">
            {failure.message}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button component={Link} to="/" variant="default">
            Cancel
          </Button>
          <Button type="submit" loading={creating.isPending}>
            Create cluster
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
