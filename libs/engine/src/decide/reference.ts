import type { Step } from '../types.js';
import { serversOf } from './verdict.js';

/** From what is listed to the count that everything starts from. */
export function referenceSteps(listed: number, reference: number): Step[] {
  if (listed === reference) return [];
  const missing = reference - listed;
  const reason =
    missing > 0
      ? `${serversOf(missing)} of the desired ${reference} ${missing === 1 ? 'is' : 'are'} not listed: decisions start from ${reference}.`
      : `${serversOf(-missing)} more than the desired ${reference} ${missing === -1 ? 'is' : 'are'} listed: decisions start from ${reference}.`;
  const code = missing > 0 ? 'fewer_listed' : 'more_listed';
  return [{ stage: 'reference', code, before: listed, after: reference, reason, data: { listed, reference } }];
}
