import { Button, Group, Stack, Text } from '@mantine/core';
import { Dialog } from '../layout/dialog';
import type { Cluster } from './queries';
import { sayDone, useChange } from './use-change';

interface PauseDialogProps {
  readonly cluster: Cluster;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Asks before a cluster is paused. */
export function PauseDialog({ cluster, opened, onClose }: PauseDialogProps) {
  const { change, pending } = useChange(cluster);
  const pause = (): void =>
    change(
      { status: 'paused' },
      {
        onSuccess: () => {
          sayDone(`${cluster.name} is paused.`);
          onClose();
        },
      },
    );
  return (
    <Dialog opened={opened} onClose={onClose} title={`Pause ${cluster.name}?`}>
      <Stack>
        <Text size="sm">Servers stay as they are. The cluster is watched and not scaled until you resume it.</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button data-autofocus loading={pending} onClick={pause}>
            Pause
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
