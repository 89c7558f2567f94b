import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { BoundsDialog } from '../cluster/bounds-dialog';
import { HoldDialog } from '../cluster/hold-dialog';
import { PauseDialog } from '../cluster/pause-dialog';
import type { Cluster } from '../cluster/queries';
import { counted } from '../layout/words';
import { type AlertAction, actionsOf } from './actions';
import type { Alert } from './alert-list';
import { UndoButton } from './undo-button';

interface AlertActionsProps {
  readonly cluster: Cluster;
  readonly alert: Alert;
}

/** Buttons for what can be done about an alert; each asks once more before it changes something. */
export function AlertActions({ cluster, alert }: AlertActionsProps) {
  const [opened, setOpened] = useState<AlertAction | null>(null);
  const actions = actionsOf(alert, cluster);
  if (actions.length === 0) return null;
  const close = (): void => setOpened(null);
  return (
    <Group gap={8} component="span">
      {actions.map((action, index) => (
        <ActionButton
          key={action.kind}
          cluster={cluster}
          action={action}
          first={index === 0}
          onOpen={() => setOpened(action)}
        />
      ))}
      <BoundsDialog
        cluster={cluster}
        opened={opened?.kind === 'raise' || opened?.kind === 'bounds'}
        max={opened?.kind === 'raise' ? opened.to : cluster.max_servers}
        isUnsure={opened?.kind === 'raise' && !opened.sure}
        onClose={close}
      />
      <HoldDialog cluster={cluster} opened={opened?.kind === 'hold'} onClose={close} />
      <PauseDialog cluster={cluster} opened={opened?.kind === 'pause'} onClose={close} />
    </Group>
  );
}

interface ActionButtonProps {
  readonly cluster: Cluster;
  readonly action: AlertAction;
  readonly first: boolean;
  readonly onOpen: () => void;
}

function ActionButton({ cluster, action, first, onOpen }: ActionButtonProps) {
  if (action.kind === 'undo') return <UndoButton clusterId={cluster.id} />;
  const shown = { size: 'compact-sm', variant: first ? 'filled' : 'default' } as const;
  if (action.kind === 'provider') {
    return (
      <Button {...shown} component={Link} to={`/clusters/${cluster.id}/policy`}>
        Change the provider
      </Button>
    );
  }
  if (action.kind === 'connection') {
    return (
      <Button {...shown} component={Link} to={`/connections?test=${encodeURIComponent(action.name)}`}>
        Test the connection
      </Button>
    );
  }
  return (
    <Button {...shown} onClick={onOpen}>
      {labelOf(action)}
    </Button>
  );
}

function labelOf(action: Exclude<AlertAction, { readonly kind: 'undo' | 'provider' | 'connection' }>): string {
  switch (action.kind) {
    case 'raise':
      return `Raise to ${counted(action.to, 'server')}`;
    case 'hold':
      return 'Hold';
    case 'pause':
      return 'Pause';
    case 'bounds':
      return 'Change the bounds';
  }
}
