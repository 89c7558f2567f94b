import { Button, Stack, Text, TextInput } from '@mantine/core';
import { StopIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/client';
import { hintOf } from '../forms/hints';
import { Dialog } from '../layout/dialog';
import { FormEnd } from '../layout/form-end';
import { moment } from '../layout/words';
import { useNow } from '../live/use-now';
import { useSession } from '../session/session';
import { freezeQuery, useFreezing } from './freeze-queries';
import classes from './freeze.module.css';

/** Shown on every page during a freeze: who started it and when; admins can end it here. */
export function FreezeBar() {
  const { isAdmin } = useSession();
  const now = useNow();
  const { data } = useQuery(freezeQuery);
  const freezing = useFreezing();
  const freeze = data?.freeze ?? null;
  return (
    <div role="status" aria-label="Freeze">
      {freeze !== null && (
        <div className={classes['bar']}>
          <span>
            <strong>Frozen</strong> by {freeze.by} since {moment(freeze.frozen_at, now)}: no cluster is scaled.
            {freeze.reason !== null && ` Reason: ${freeze.reason}`}
          </span>
          {isAdmin && (
            <Button size="compact-sm" color="red" loading={freezing.isPending} onClick={() => freezing.mutate(null)}>
              End freeze
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

/** For admins: starts a freeze after a confirmation. */
export function FreezeButton() {
  const { isAdmin } = useSession();
  const { data } = useQuery(freezeQuery);
  const [isOpen, setIsOpen] = useState(false);
  const [reason, setReason] = useState('');
  const freezing = useFreezing(() => setIsOpen(false));
  if (!isAdmin || data === undefined) return null;
  return (
    <>
      {data.freeze === null && (
        <Button
          variant="subtle"
          color="red"
          px={10}
          leftSection={<StopIcon />}
          aria-label="Freeze"
          className={classes['button'] ?? ''}
          onClick={() => setIsOpen(true)}
        >
          <span className={classes['label']}>Freeze</span>
        </Button>
      )}
      <Dialog opened={isOpen} onClose={() => setIsOpen(false)} title="Freeze all scaling?">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            freezing.mutate({ reason: reason.trim() });
          }}
        >
          <Stack>
            <Text size="sm">
              No cluster gets or loses a server until an admin ends the freeze, holds by hand included. Metrics and
              decisions go on, so that you see what would happen.
            </Text>
            <TextInput
              label="Reason"
              description={hintOf('FreezeRequest', 'reason', 'everybody sees it; may be empty')}
              data-autofocus
              maxLength={200}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <FormEnd
              label="Freeze"
              pending={freezing.isPending}
              failure={freezing.error instanceof ApiError ? freezing.error : null}
              onCancel={() => setIsOpen(false)}
            />
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
