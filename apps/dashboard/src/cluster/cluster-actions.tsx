import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import {
  DotsHorizontalIcon,
  HandIcon,
  LightningBoltIcon,
  PauseIcon,
  Pencil1Icon,
  PlayIcon,
  TrashIcon,
} from '@radix-ui/react-icons';
import { useState } from 'react';
import { Link } from 'react-router';
import { isSimulated } from '../provider/kinds';
import { DeleteDialog } from './delete-dialog';
import { HoldDialog } from './hold-dialog';
import type { Cluster } from './queries';
import { SimulationDialog } from './simulation-dialog';
import { useChange } from './use-change';
import { useRelease } from './use-release';

type Dialog = 'hold' | 'delete' | 'simulate' | null;

/** Actions on a cluster. */
export function ClusterActions({ cluster, held }: { readonly cluster: Cluster; readonly held: boolean }) {
  const [dialog, setDialog] = useState<Dialog>(null);
  const { change, pending } = useChange(cluster);
  const release = useRelease(cluster.id);
  const paused = cluster.status === 'paused';
  const close = (): void => setDialog(null);
  return (
    <>
      <Group gap={8}>
        {isSimulated(cluster.provider) && (
          <Button variant="default" leftSection={<LightningBoltIcon />} onClick={() => setDialog('simulate')}>
            Simulate
          </Button>
        )}
        {held ? (
          <Button
            variant="default"
            leftSection={<HandIcon />}
            onClick={() => release.mutate()}
            loading={release.isPending}
          >
            Release
          </Button>
        ) : (
          <Button variant="default" leftSection={<HandIcon />} onClick={() => setDialog('hold')} disabled={paused}>
            Hold
          </Button>
        )}
        <Menu position="bottom-end" width={200} withinPortal={false} withInitialFocusPlaceholder={false}>
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label="More actions">
              <DotsHorizontalIcon />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              data-autofocus
              leftSection={<Pencil1Icon />}
              component={Link}
              to={`/clusters/${cluster.id}/policy`}
            >
              Change
            </Menu.Item>
            {paused ? (
              <Menu.Item leftSection={<PlayIcon />} disabled={pending} onClick={() => change({ status: 'active' })}>
                Resume
              </Menu.Item>
            ) : (
              <Menu.Item leftSection={<PauseIcon />} disabled={pending} onClick={() => change({ status: 'paused' })}>
                Pause
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Item c="var(--bad)" leftSection={<TrashIcon />} onClick={() => setDialog('delete')}>
              Delete …
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <HoldDialog cluster={cluster} opened={dialog === 'hold'} onClose={close} />
      <DeleteDialog cluster={cluster} opened={dialog === 'delete'} onClose={close} />
      <SimulationDialog cluster={cluster} opened={dialog === 'simulate'} onClose={close} />
    </>
  );
}
