import { Badge } from '@mantine/core';
import { moment } from '../layout/words';
import { useNow } from '../live/use-now';
import type { Cluster } from './queries';
import classes from './simulated.module.css';

type Marked = Pick<Cluster, 'simulated_until'>;

/** End of the simulated history of a cluster, milliseconds since the epoch; `null`: none of it was simulated. */
export function simulatedUntil({ simulated_until: until }: Marked): number | null {
  return until === null ? null : Date.parse(until);
}

/** Whether something of a cluster at this time (milliseconds since the epoch) was simulated. */
export function isSimulated(cluster: Marked, at: number): boolean {
  return at < (simulatedUntil(cluster) ?? Number.NEGATIVE_INFINITY);
}

interface SimulatedProps {
  readonly cluster: Marked;
  /** Start of what is shown, milliseconds since the epoch. */
  readonly from: number;
  /** A sentence that follows. */
  readonly more?: string;
}

/** Marks what is shown as a simulated past, where it is one. */
export function Simulated({ cluster, from, more }: SimulatedProps) {
  const now = useNow();
  const until = simulatedUntil(cluster);
  if (until === null || from >= until) return null;
  return (
    <div className={classes['simulated']}>
      <SimulatedBadge /> History before {moment(until, now)} is simulated, for the demo.
      {more !== undefined && ` ${more}`}
    </div>
  );
}

export function SimulatedBadge() {
  return (
    <Badge component="span" variant="outline" color="gray" size="sm" radius="sm" tt="none">
      Simulated
    </Badge>
  );
}
