import type { Step } from '../types.js';

/** A step of the service level. */
export function step(
  stage: Step['stage'],
  code: string,
  before: number | null,
  after: number,
  reason: string,
  data?: Step['data'],
): Step {
  return { stage, policy: 'slo', code, before, after, reason, ...(data === undefined ? {} : { data }) };
}

export function plannedOf(count: number): string {
  return `${counted(count)} ${count === 1 ? 'is' : 'are'} planned`;
}

export function staying(count: number): string {
  return `${count} ${count === 1 ? 'stays' : 'stay'}`;
}

/** The first letter as a sentence has it. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** So many servers. */
export function counted(count: number): string {
  return count === 1 ? '1 server' : `${count} servers`;
}

/** To a tenth. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A share, to a hundredth of a percent. */
export function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}
