import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, ask } from '../api/client';
import { sayDone, sayWhatFailed } from '../cluster/use-change';
import { Dialog } from '../layout/dialog';
import { type Connection, useRefresh } from './queries';

interface DeleteConnectionProps {
  /** `null`: closed. */
  readonly connection: Connection | null;
  readonly onClose: () => void;
}

export function DeleteConnection({ connection, onClose }: DeleteConnectionProps) {
  const refresh = useRefresh();
  const remove = useMutation({
    mutationFn: async (name: string) => ask(api.DELETE('/connections/{name}', { params: { path: { name } } })),
    onSuccess: (_nothing, name) => {
      refresh();
      sayDone(`${name} is deleted, with its secrets.`);
      onClose();
    },
    onError: sayWhatFailed,
  });
  return (
    <Dialog opened={connection !== null} onClose={onClose} title={`Delete ${connection?.name ?? ''}`}>
      <Stack>
        <Text size="sm">Its secrets are deleted, too. A connection that clusters use cannot be deleted.</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => connection !== null && remove.mutate(connection.name)}
          >
            Delete
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
