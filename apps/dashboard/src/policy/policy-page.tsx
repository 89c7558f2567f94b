import { Alert, Button, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ApiError, ask } from '../api/client';
import { useCluster } from '../cluster/cluster-page';
import { changeWords, isLarge, within } from '../cluster/count';
import { LargeChange } from '../cluster/large-change';
import type { Cluster } from '../cluster/queries';
import { sayDone } from '../cluster/use-change';
import { usePresentCount } from '../cluster/use-present-count';
import { FormFailure } from '../forms/form-failure';
import { Dialog } from '../layout/dialog';
import { useDraft } from '../layout/drafts';
import { LeaveGuard } from '../layout/leave-guard';
import { SaveBar } from '../layout/save-bar';
import { Section } from '../layout/section';
import { ProviderFields } from '../provider/provider-fields';
import { useMayChange } from '../session/session';
import { CandidateSection } from './candidate-section';
import { ClusterFields } from './cluster-fields';
import { changesOf, type Draft, draftOf, isSame, policyOf } from './draft';
import { PolicyEditor } from './policy-editor';
import { Preview } from './preview';

/** Error code: the cluster was changed by another user. */
const CHANGED_MEANWHILE = 'changed_meanwhile';

/** Changes a cluster, with a preview of the effect. */
export function PolicyPage() {
  const cluster = useCluster();
  const mayChange = useMayChange(cluster);
  const kept = draftOf(cluster);
  /** The unsaved draft and its starting point. Without a draft the form follows the cluster and its changes. */
  const [typed, setTyped] = useDraft<{ readonly draft: Draft; readonly began: Draft }>(`policy ${cluster.id}`);
  const { draft, began } = typed ?? { draft: kept, began: kept };
  const setDraft = (next: Draft): void => setTyped(isSame(next, began) ? null : { draft: next, began });
  const changes = changesOf(draft, began);
  const overtaken = Object.keys(changesOf(kept, began)).length > 0;
  const present = usePresentCount(cluster);
  const [asked, setAsked] = useState<CountChange | null>(null);
  const client = useQueryClient();
  const saving = useMutation({
    mutationFn: async (immediate: boolean) =>
      ask(
        api.PUT('/clusters/{id}', {
          params: { path: { id: cluster.id } },
          body: { ...changes, updated_at: cluster.updated_at, ...(immediate ? { immediate } : {}) },
        }),
      ),
    onSuccess: (saved) => {
      client.setQueryData(['cluster', cluster.id, 'definition'], saved);
      void client.invalidateQueries({ queryKey: ['cluster', cluster.id] });
      void client.invalidateQueries({ queryKey: ['overview'] });
      setTyped(null);
      sayDone('Saved. The next tick obeys.');
    },
    onSettled: () => setAsked(null),
    onError: (error) => {
      if (error instanceof ApiError && error.code === CHANGED_MEANWHILE) {
        void client.invalidateQueries({ queryKey: ['cluster', cluster.id] });
      }
    },
  });
  const failure = saving.error instanceof ApiError ? saving.error : null;
  const changed = Object.keys(changes).length > 0;
  const previewed = changes.policy ?? policyOf(cluster.policy);
  const bounded = changes.min_servers !== undefined || changes.max_servers !== undefined;
  const counts = bounded ? countChange(cluster, draft, present) : null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (counts !== null && isLarge(counts.from, counts.to)) setAsked(counts);
    else saving.mutate(false);
  }

  return (
    <Stack gap="md" maw={1000} mx="auto">
      {!mayChange && (
        <Alert color="gray" variant="light">
          You can read this policy but not change it. Only its owner and admins can.
        </Alert>
      )}
      <LeaveGuard name={cluster.name} changed={changed} onDiscard={() => setTyped(null)} />
      <CandidateSection cluster={cluster} />
      <form onSubmit={submit} noValidate>
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
            <Section title="What stands behind it">
              <ProviderFields
                provider={draft.provider}
                onChange={(provider) => setDraft({ ...draft, provider })}
                failure={failure}
              />
            </Section>
          </fieldset>
          {mayChange && (
            <Preview cluster={cluster} policy={previewed} changed={!isSame(previewed, policyOf(cluster.policy))} />
          )}
          <FormFailure failure={overtaken && failure?.code === CHANGED_MEANWHILE ? null : failure} />
          {overtaken && (
            <Alert
              color="yellow"
              role="status"
              variant="light"
              title="This cluster has changed since you began to type"
            >
              Save changes what you have changed and leaves the rest as it is now; Undo shows how it is now.
            </Alert>
          )}
          {mayChange && (
            <SaveBar>
              {changed && (
                <Text size="sm" c="dimmed" mr="auto">
                  Not saved yet.
                </Text>
              )}
              <Button variant="default" disabled={!changed} onClick={() => setTyped(null)}>
                Undo
              </Button>
              <Button type="submit" loading={saving.isPending} disabled={!changed}>
                {counts === null ? 'Save' : `Save: ${changeWords(counts.from, counts.to)}`}
              </Button>
            </SaveBar>
          )}
        </Stack>
      </form>
      <Dialog opened={asked !== null} onClose={() => setAsked(null)} title="These bounds change the count">
        {asked !== null && (
          <LargeChange
            {...asked}
            pending={saving.isPending}
            onBack={() => setAsked(null)}
            onConfirm={(immediate) => saving.mutate(immediate)}
          />
        )}
      </Dialog>
    </Stack>
  );
}

interface CountChange {
  readonly from: number;
  readonly to: number;
}

/** Effect of unsaved bounds on the count; `null`: none. */
function countChange({ status }: Cluster, draft: Draft, present: number | null): CountChange | null {
  if (present === null || status !== 'active' || draft.policy.mode === 'recommend') return null;
  const [min, max] = [Number(draft.min), Number(draft.max)];
  if (draft.min === '' || draft.max === '' || min > max) return null;
  const to = within(present, { min, max });
  return to === present ? null : { from: present, to };
}
