import { Button, Group, Stack, Text } from '@mantine/core';
import { type RefObject, useEffect } from 'react';
import { useBlocker } from 'react-router';
import { Dialog } from './dialog';

interface LeaveGuardProps {
  /** What the changes belong to, by the name that the reader sees. */
  readonly name: string;
  readonly changed: boolean;
  /** Set once the form is saved and leads to another page by itself. */
  readonly saved?: RefObject<boolean>;
  readonly onDiscard: () => void;
}

/** Asks before a page with unsaved changes is left, and before its tab is closed. */
export function LeaveGuard({ name, changed, saved, onDiscard }: LeaveGuardProps) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      changed && saved?.current !== true && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!changed) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [changed]);
  return (
    <Dialog
      opened={blocker.state === 'blocked'}
      onClose={() => blocker.reset?.()}
      size="lg"
      title="Leave without saving?"
    >
      <Stack>
        <Text size="sm">
          Your changes to {name} are not saved. The draft stays in this tab until you save it, discard it or close the
          tab.
        </Text>
        <Group justify="flex-end">
          <Button
            variant="default"
            color="red"
            onClick={() => {
              blocker.proceed?.();
              onDiscard();
            }}
          >
            Discard changes
          </Button>
          <Button variant="default" onClick={() => blocker.proceed?.()}>
            Leave, keep the draft
          </Button>
          <Button data-autofocus onClick={() => blocker.reset?.()}>
            Stay
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
