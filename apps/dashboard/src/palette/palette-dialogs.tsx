import { BoundsDialog } from '../cluster/bounds-dialog';
import { HoldDialog } from '../cluster/hold-dialog';
import { PauseDialog } from '../cluster/pause-dialog';
import { KeysDialog } from './keys-dialog';
import { Palette } from './palette';
import { type Opened, useCommands, useShownCluster } from './use-commands';

interface PaletteDialogsProps {
  readonly opened: Opened | null;
  readonly onOpen: (dialog: Opened) => void;
  readonly onClose: () => void;
}

/** The palette, and the dialogs that its commands open. */
export function PaletteDialogs({ opened, onOpen, onClose }: PaletteDialogsProps) {
  const cluster = useShownCluster();
  const commands = useCommands(opened === 'palette', cluster, onOpen);
  return (
    <>
      <Palette opened={opened === 'palette'} commands={commands} onClose={onClose} />
      <KeysDialog opened={opened === 'keys'} onClose={onClose} />
      {cluster !== null && (
        <>
          <HoldDialog cluster={cluster} opened={opened === 'hold'} onClose={onClose} />
          <BoundsDialog cluster={cluster} opened={opened === 'bounds'} max={cluster.max_servers} onClose={onClose} />
          <PauseDialog cluster={cluster} opened={opened === 'pause'} onClose={onClose} />
        </>
      )}
    </>
  );
}
