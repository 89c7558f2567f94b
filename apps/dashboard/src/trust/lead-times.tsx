import { Text } from '@mantine/core';
import type { ServiceLevel } from '../cluster/queries';
import { counted, duration } from '../layout/words';
import classes from './lead-times.module.css';

const BARS = 24;

/** Measured lead times, and the one used for planning. */
export function LeadTimes({ lead }: { readonly lead: ServiceLevel['lead_time'] }) {
  const { samples, p50_ms: p50, p90_ms: p90, max_ms: max, planned_ms: planned } = lead;
  if (samples.length === 0 || max === null) {
    return (
      <Text size="sm" c="dimmed">
        No server has been started yet. Until one was measured, {duration(planned)} are planned with.
      </Text>
    );
  }
  const longest = Math.max(max, planned);
  const counts = Array.from({ length: BARS }, () => 0);
  for (const sample of samples) {
    const bar = Math.min(BARS - 1, Math.floor((sample / longest) * BARS));
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  return (
    <>
      <Text size="sm">
        Half of the {counted(samples.length, 'start')} took less than {duration(p50 ?? 0)}, nine of ten less than{' '}
        {duration(p90 ?? 0)}, the longest {duration(max)}. {duration(planned)} are planned with.
      </Text>
      <div
        className={classes['bars']}
        role="img"
        aria-label={`Distribution of ${counted(samples.length, 'lead time')}`}
      >
        {counts.map((count, index) => (
          <span
            key={index}
            className={classes['bar']}
            style={{ height: `${(100 * count) / most}%` }}
            title={`${duration((longest * index) / BARS)} to ${duration((longest * (index + 1)) / BARS)}: ${count}`}
          />
        ))}
        <span className={classes['planned']} style={{ left: `${(100 * planned) / longest}%` }} />
      </div>
      <div className={classes['scale']} aria-hidden="true">
        <span>0</span>
        <span>{duration(longest / 2)}</span>
        <span>{duration(longest)}</span>
      </div>
    </>
  );
}
