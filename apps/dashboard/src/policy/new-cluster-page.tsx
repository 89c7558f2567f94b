import { Alert, Button, Group, NumberInput, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api, ApiError, ask } from '../api/client';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { ClusterFields } from './cluster-fields';
import { definitionOf, type Draft, NEW_DRAFT } from './draft';
import { PolicyEditor } from './policy-editor';

/** Makes a cluster. */
export function NewClusterPage() {
  useTitle('New cluster');
  const [draft, setDraft] = useState<Draft>(NEW_DRAFT);
  const client = useQueryClient();
  const navigate = useNavigate();
  const creating = useMutation({
    mutationFn: async () =>
      ask(
        api.POST('/clusters', {
          body: {
            ...definitionOf(draft),
            provider: {
              type: 'simulator',
              simulated: { servers: Number(draft.simulated.servers), base_cpu: Number(draft.simulated.cpu) },
            },
          },
        }),
      ),
    onSuccess: async (cluster) => {
      void client.invalidateQueries({ queryKey: ['overview'] });
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
      <Stack gap="md" maw={1000} mx="auto">
        <Title order={1} size="h2">
          New cluster
        </Title>
        <Section title="The cluster">
          <ClusterFields draft={draft} onChange={setDraft} failure={failure} />
        </Section>
        <Section title="What must hold">
          <PolicyEditor policy={draft.policy} onChange={(policy) => setDraft({ ...draft, policy })} failure={failure} />
        </Section>
        <Section title="Its simulated servers">
          <Text size="sm" c="dimmed" mb="sm">
            The servers are simulated: load, metrics and the time that a server takes to start are as real as the
            decisions are.
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 2 }} maw={480}>
            <NumberInput
              label="Servers at first"
              required
              withAsterisk={false}
              min={1}
              max={10_000}
              allowDecimal={false}
              value={draft.simulated.servers}
              onChange={(servers) => setDraft({ ...draft, simulated: { ...draft.simulated, servers } })}
              error={failure?.about('provider.simulated.servers')}
            />
            <NumberInput
              label="CPU at first, %"
              required
              withAsterisk={false}
              min={1}
              max={100}
              value={draft.simulated.cpu}
              onChange={(cpu) => setDraft({ ...draft, simulated: { ...draft.simulated, cpu } })}
              error={failure?.about('provider.simulated.base_cpu')}
            />
          </SimpleGrid>
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
