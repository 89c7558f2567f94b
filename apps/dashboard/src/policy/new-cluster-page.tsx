import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api, ApiError, ask } from '../api/client';
import { FormFailure } from '../forms/form-failure';
import { useDraft } from '../layout/drafts';
import { Failure, Waiting } from '../layout/faces';
import { LeaveGuard } from '../layout/leave-guard';
import { SaveBar } from '../layout/save-bar';
import { Section } from '../layout/section';
import { useTitle } from '../layout/use-title';
import { firstProvider, isSimulated } from '../provider/kinds';
import { ProviderFields } from '../provider/provider-fields';
import { useProviders } from '../provider/queries';
import { ClusterFields } from './cluster-fields';
import { definitionOf, type Draft, isSame, NEW_DRAFT } from './draft';
import { PolicyEditor } from './policy-editor';

/** Form for a new cluster with the provider of the URL. */
export function NewClusterPage() {
  useTitle('New cluster');
  const { provider = '' } = useParams();
  const providers = useProviders();
  if (providers.isPending) return <Waiting failure={providers.failureReason} />;
  if (providers.data === undefined) return <Failure error={providers.error} onRetry={() => void providers.refetch()} />;
  const untouched = { ...NEW_DRAFT, provider: firstProvider(provider, providers.data.providers) };
  return <NewClusterForm key={provider} name={`new cluster ${provider}`} untouched={untouched} />;
}

interface NewClusterFormProps {
  /** Key of its draft. */
  readonly name: string;
  readonly untouched: Draft;
}

function NewClusterForm({ name, untouched }: NewClusterFormProps) {
  const [typed, setTyped] = useDraft<Draft>(name);
  const draft = typed ?? untouched;
  const setDraft = (next: Draft): void => setTyped(isSame(next, untouched) ? null : next);
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
    <form onSubmit={submit} noValidate>
      <LeaveGuard name="the new cluster" changed={typed !== null} saved={saved} onDiscard={() => setTyped(null)} />
      <Stack gap="md" maw={1000} mx="auto">
        <Group justify="space-between">
          <Title order={1} size="h2">
            New cluster
          </Title>
          <Button component={Link} to="/clusters/new" variant="default" size="xs">
            Choose another provider
          </Button>
        </Group>
        <Section title="The cluster">
          <ClusterFields draft={draft} onChange={setDraft} failure={failure} />
        </Section>
        <Section title="What must hold">
          <PolicyEditor policy={draft.policy} onChange={(policy) => setDraft({ ...draft, policy })} failure={failure} />
        </Section>
        <Section title="What stands behind it">
          {isSimulated(draft.provider) && (
            <Text size="sm" c="dimmed" mb="sm">
              These servers exist only in the simulator. The decisions about them are real.
            </Text>
          )}
          <ProviderFields
            provider={draft.provider}
            onChange={(provider) => setDraft({ ...draft, provider })}
            failure={failure}
          />
        </Section>
        <FormFailure failure={failure} />
        <SaveBar>
          <Button component={Link} to="/" variant="default">
            Cancel
          </Button>
          <Button type="submit" loading={creating.isPending}>
            Create cluster
          </Button>
        </SaveBar>
      </Stack>
    </form>
  );
}
