import { live } from '../live/live';
import { useLiveStatus } from '../live/use-live';
import { useNow } from '../live/use-now';
import classes from './stale-bar.module.css';
import { duration, moment } from './words';

/** Shown on every page while it gets no live events: since when, and how old the values are. */
export function StaleBar() {
  const isLost = useLiveStatus() === 'lost';
  return (
    <div role="status" aria-label="Connection">
      {isLost && (
        <div className={classes['bar']}>
          <span>
            <strong>Not connected</strong> since {moment(live.changedAt())}.
          </span>
          <Age />
          <span>The page reconnects by itself.</span>
        </div>
      )}
    </div>
  );
}

/** Not announced by screen readers: it changes every second. */
function Age() {
  const now = useNow();
  const age = Math.max(0, now - live.heardAt());
  return <span aria-live="off">These values are {duration(Math.round(age / 1000) * 1000)} old.</span>;
}
