import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';

const FAILURES = 'autoscaler_login_failures_total';
const LOCKOUTS = 'autoscaler_lockouts_total';
const REFUSED = 'autoscaler_locked_logins_total';

/** Prometheus metrics of failed logins. */
@Injectable()
export class LoginMetrics {
  constructor(
    @InjectMetric(FAILURES) private readonly failures: Counter,
    @InjectMetric(LOCKOUTS) private readonly lockouts: Counter,
    @InjectMetric(REFUSED) private readonly refusals: Counter,
  ) {
    // Starts at 0: `increase()` does not see the first event of a series that starts with it.
    for (const subject of ['account', 'address']) lockouts.inc({ subject }, 0);
  }

  failed(): void {
    this.failures.inc();
  }

  locked(subject: 'account' | 'address'): void {
    this.lockouts.inc({ subject });
  }

  refused(): void {
    this.refusals.inc();
  }
}

export const loginMetricProviders = [
  LoginMetrics,
  makeCounterProvider({ name: FAILURES, help: 'Logins with a wrong name or password' }),
  makeCounterProvider({
    name: LOCKOUTS,
    help: 'Locks after repeated failures, by what was locked',
    labelNames: ['subject'],
  }),
  makeCounterProvider({
    name: REFUSED,
    help: 'Logins that were refused unlooked at because account or address were locked',
  }),
];
