import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { useCluster } from '../cluster/cluster-page';
import { sayDone } from '../cluster/use-change';
import { Section } from '../layout/section';
import { useSession } from '../session/session';
import { CandidateSection } from './candidate-section';
import { ClusterFields } from './cluster-fields';
import { definitionOf, type Draft, draftOf, policyOf } from './draft';
import { PolicyEditor } from './policy-editor';
import { Preview } from './preview';

/** Changes a cluster, and shows beforehand what the change would do. */
export function PolicyPage() {
  const cluster = useCluster();
  const { mayChange } = useSession();
  /** What was typed and not saved; without it the form shows the cluster, whoever changes it. */
  const [typed, setTyped] = useState<Draft | null>(null);
  const kept = draftOf(cluster);
  const draft = typed ?? kept;
  const setDraft = (next: Draft): void => setTyped(JSON.stringify(next) === JSON.stringify(kept) ? null : next);
  const client = useQueryClient();
  const saving = useMutation({
    mutationFn: async () =>
      ask(api.PUT('/clusters/{id}', { params: { path: { id: cluster.id } }, body: definitionOf(draft) })),
    onSuccess: (saved) => {
      client.setQueryData(['cluster', cluster.id, 'definition'], saved);
      void client.invalidateQueries({ queryKey: ['cluster', cluster.id] });
      void client.invalidateQueries({ queryKey: ['overview'] });
      setTyped(null);
      sayDone('Saved. The next tick obeys.');
    },
  });
  const failure = saving.error instanceof ApiError ? saving.error : null;
  const changed = JSON.stringify(definitionOf(draft)) !== JSON.stringify(definitionOf(kept));
  const otherPolicy = JSON.stringify(policyOf(draft.policy)) !== JSON.stringify(policyOf(cluster.policy));

  function submit(event: FormEvent): void {
    event.preventDefault();
    saving.mutate();
  }

  return (
    <Stack gap="md" maw={1000} mx="auto">
      <CandidateSection cluster={cluster} />
      <form onSubmit={submit}>
        <Stack gap="md">
          <fieldset disabled={!mayChange} style={{ all: 'unset', display: 'contents' }}>
            <Section title="The cluster">
              <ClusterFields draft={draft} onChange={setDraft} failure={failure} />
            </Section>
            <Section title="What must hold">
              <PolicyEditor
                policy={draft.policy}
                onChange={(policy) => setDraft({ ...draft, policy })}
                failure={failure}
              />
            </Section>
          </fieldset>
          {mayChange && <Preview cluster={cluster} policy={policyOf(draft.policy)} changed={otherPolicy} />}
          {failure !== null && (
            <Alert color="red" role="alert" variant="light">
              {failure.message}
            </Alert>
          )}
          {mayChange ? (
            <Group justify="flex-end">
              {changed && (
                <Text size="sm" c="dimmed" mr="auto">
                  Not saved yet.
                </Text>
              )}
              <Button variant="default" disabled={!changed} onClick={() => setTyped(null)}>
                Undo
              </Button>
              <Button type="submit" loading={saving.isPending} disabled={!changed}>
                Save
              </Button>
            </Group>
          ) : (
            <Text size="sm" c="dimmed">
              You may look at this, and not change it.
            </Text>
          )}
        </Stack>
      </form>
    </Stack>
  );
}
