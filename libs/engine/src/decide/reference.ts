import type { Step } from '../types.js';
import { step } from './sentences.js';

/** From what is listed to the count that everything starts from. */
export function referenceSteps(listed: number, reference: number): Step[] {
  if (listed === reference) return [];
  const code = listed < reference ? 'fewer_listed' : 'more_listed';
  return [step('reference', code, listed, reference, { listed, reference })];
}
