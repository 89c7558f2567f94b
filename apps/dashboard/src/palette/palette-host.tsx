import { ActionIcon } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { MagnifyingGlassIcon } from '@radix-ui/react-icons';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Part } from '../layout/part';
import { COMMAND_KEY } from './command-key';
import classes from './palette.module.css';
import type { Opened } from './use-commands';

/** Loaded when it is opened for the first time. */
const Dialogs = lazy(async () => ({ default: (await import('./palette-dialogs')).PaletteDialogs }));

const ASKED = 'palette';

/** Opens the palette or the list of keys from anywhere, such as a menu. */
export function openPalette(what: 'palette' | 'keys'): void {
  window.dispatchEvent(new CustomEvent(ASKED, { detail: what }));
}

/** The keys and the button of the palette. */
export function PaletteHost() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [needed, setNeeded] = useState(false);
  if (opened !== null && !needed) setNeeded(true);
  // Also while the focus is in a field.
  useHotkeys([['mod+K', () => setOpened((now) => (now === 'palette' ? null : 'palette'))]], [], true);
  useEffect(() => {
    const open = (event: Event): void => setOpened((event as CustomEvent<'palette' | 'keys'>).detail);
    // By its character: which keys make it depends on the keyboard.
    const press = ({ key, target, ctrlKey, metaKey }: KeyboardEvent): void => {
      const typing = target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
      if (key === '?' && !typing && !ctrlKey && !metaKey) setOpened((now) => now ?? 'keys');
    };
    window.addEventListener(ASKED, open);
    document.addEventListener('keydown', press);
    return () => {
      window.removeEventListener(ASKED, open);
      document.removeEventListener('keydown', press);
    };
  }, []);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        className={classes['button'] ?? ''}
        aria-label={`Find or do, ${COMMAND_KEY} K`}
        title={`${COMMAND_KEY} K`}
        onClick={() => setOpened('palette')}
      >
        <MagnifyingGlassIcon width={18} height={18} />
      </ActionIcon>
      {needed && (
        <Part name="The palette">
          <Suspense>
            <Dialogs opened={opened} onOpen={setOpened} onClose={() => setOpened(null)} />
          </Suspense>
        </Part>
      )}
    </>
  );
}
