import type { Seen } from './overview';
import classes from './server-bar.module.css';

/** Servers as a share of the maximum: active, provisioning, and desired. */
export function ServerBar({ cluster: { active, provisioning, min, max, desired } }: { readonly cluster: Seen }) {
  const share = (count: number): string => `${Math.min(100, (100 * count) / Math.max(1, max))}%`;
  return (
    <span className={classes['bar']} aria-hidden="true">
      <span className={classes['active']} style={{ width: share(active ?? 0) }} />
      <span className={classes['provisioning']} style={{ left: share(active ?? 0), width: share(provisioning) }} />
      <span className={classes['least']} style={{ left: share(min) }} />
      {desired !== null && desired !== active && (
        <span className={classes['desired']} style={{ left: share(desired) }} />
      )}
    </span>
  );
}
