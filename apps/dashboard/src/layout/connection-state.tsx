import { Tooltip } from '@mantine/core';
import { useNow } from '../live/use-now';
import { live } from '../live/live';
import { useLiveStatus } from '../live/use-live';
import { ago } from './words';
import classes from './connection-state.module.css';

const WORDS = { closed: 'Offline', connecting: 'Connecting …', live: 'Live', lost: 'Connection lost' } as const;

/** Whether the page is live, and if not, since when and what happens next. */
export function ConnectionState() {
  const status = useLiveStatus();
  const now = useNow();
  const text = status === 'lost' ? `${WORDS.lost}, reconnecting …` : WORDS[status];
  return (
    <Tooltip
      label={
        status === 'live'
          ? 'Everything here is updated as it happens.'
          : `What you see is from ${ago(live.changedAt(), now)}. The page reconnects by itself.`
      }
    >
      <span className={classes['state']} data-status={status} role="status" aria-live="polite">
        <span className={classes['dot']} aria-hidden="true" />
        <span className={classes['text']}>{text}</span>
      </span>
    </Tooltip>
  );
}
