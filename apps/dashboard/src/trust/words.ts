import type { Schema } from '../api/client';
import { counted, number } from '../layout/words';

const MINUTE_SECONDS = 60;

/** `Of 1,432 minutes, 17 were above the 99 % line.` */
export function aboveWords(
  { settled, coverage }: Pick<Schema['TrustBucketDto'], 'settled' | 'coverage'>,
  stepSeconds: number | null,
): string {
  const above = Math.round(settled * (1 - (coverage['0.99'] ?? 1)));
  // One forecast is made in each step, which is a minute unless the cluster is ticked less often.
  const of = counted(settled, stepSeconds === null || stepSeconds === MINUTE_SECONDS ? 'minute' : 'step');
  return `Of ${of}, ${above === 0 ? 'none was' : above === 1 ? '1 was' : `${number(above, 0)} were`} above the 99 % line.`;
}
