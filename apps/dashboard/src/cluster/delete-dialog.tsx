import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { api, ask } from '../api/client';
import { Dialog } from '../layout/dialog';
import type { Cluster } from './queries';
import { sayDone } from './use-change';

interface DialogProps {
  readonly cluster: Cluster;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Deletes a cluster after its name was typed. */
export function DeleteDialog({ cluster, opened, onClose }: DialogProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title={`Delete ${cluster.name}`}>
      <DeleteForm cluster={cluster} onClose={onClose} />
    </Dialog>
  );
}

/** The typed name is reset with the dialog, so that reopening needs a new confirmation. */
function DeleteForm({ cluster, onClose }: Omit<DialogProps, 'opened'>) {
  const [typed, setTyped] = useState('');
  const client = useQueryClient();
  const navigate = useNavigate();
  const deleting = useMutation({
    mutationFn: async () => ask(api.DELETE('/clusters/{id}', { params: { path: { id: cluster.id } } })),
    onSuccess: async () => {
      await navigate('/');
      client.removeQueries({ queryKey: ['cluster', cluster.id] });
      void client.invalidateQueries({ queryKey: ['overview'] });
      sayDone(`${cluster.name} was deleted.`);
    },
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (typed === cluster.name) deleting.mutate();
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          Nobody scales it from then on. Its servers stay as they are; its history stays until retention takes it.
        </Text>
        <TextInput
          label={`Type ${cluster.name} to confirm`}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={deleting.error?.message}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red" disabled={typed !== cluster.name} loading={deleting.isPending}>
            Delete
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
