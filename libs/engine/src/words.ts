import type { MetricName } from './types.js';

/** What metrics are called in sentences. */
export const METRIC_WORD: Readonly<Record<MetricName, string>> = {
  cpu: 'CPU',
  memory: 'memory',
  request_rate: 'requests',
};

/** `1 server`, `12 servers`. */
export function serversOf(count: number): string {
  return count === 1 ? '1 server' : `${count} servers`;
}

/** To a tenth. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The first letter as a sentence has it. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
