import { Text } from '@mantine/core';
import type { ServiceLevel } from '../cluster/queries';
import { counted, duration, inSeconds } from '../layout/words';
import classes from './lead-times.module.css';

const BARS = 24;

/** Measured lead times, and the one used for planning. */
export function LeadTimes({ lead }: { readonly lead: ServiceLevel['lead_time'] }) {
  const { samples, p50_ms: p50, up_to_ms: upTo, max_ms: max, planned_ms: planned } = lead;
  if (samples.length === 0 || max === null || upTo === null) {
    return (
      <Text size="sm" c="dimmed">
        No start was measured yet. The plan uses {duration(planned)}.
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
        New servers take up to {inSeconds(upTo)}.{' '}
        {duration(planned) === inSeconds(upTo)
          ? 'The plan uses the same.'
          : `The plan uses ${duration(planned)}: it counts full minutes, and follows small changes late.`}
      </Text>
      <Text size="sm" c="dimmed">
        Of {counted(samples.length, 'measured start')}, half took less than {duration(p50 ?? 0)}. The longest took{' '}
        {duration(max)}.
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
