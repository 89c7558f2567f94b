import { Counter, Histogram } from 'prom-client';
import { SessionMetrics } from '../src/session/measured.session.js';

/** Metrics outside of any registry. */
export function silentMetrics(): SessionMetrics {
  return countedMetrics().metrics;
}

/** Metrics with what they count into. */
export function countedMetrics() {
  const failures = new Counter({ name: 'failures', help: '-', labelNames: ['reason'], registers: [] });
  const requests = new Histogram({
    name: 'requests',
    help: '-',
    labelNames: ['type', 'operation', 'outcome'],
    registers: [],
  });
  return { failures, requests, metrics: new SessionMetrics(failures, requests) };
}

/** Where no connection is stored. */
export const NO_SECRETS = { of: async () => new Map<string, string>() };
