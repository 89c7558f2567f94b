import type { Provider } from '@nestjs/common';
import { makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Shares, type SharesStatus } from './shares.js';

/** Read from the shares when somebody scrapes. */
export function shareMetricProviders(): Provider[] {
  return [
    gauge('autoscaler_shares_held', 'Shares of the clusters that this instance holds', ({ held }) => held.length),
    gauge(
      'autoscaler_shares_without_holder',
      'Shares that no living instance holds; their clusters are not ticked',
      ({ orphaned }) => orphaned,
    ),
    gauge('autoscaler_instances', 'Instances that live, as this one sees it', ({ instances }) => instances),
    counter('autoscaler_share_takeovers_total', 'Shares that this instance took', ({ takeOvers }) => takeOvers),
    counter(
      'autoscaler_stale_writes_refused_total',
      'Ticks of this instance that were refused because another one had taken the share',
      ({ refused }) => refused,
    ),
  ];
}

function gauge(name: string, help: string, value: (status: SharesStatus) => number): Provider {
  return makeGaugeProvider({
    name,
    help,
    inject: [Shares],
    collect(shares: Shares) {
      this.set(value(shares.status()));
    },
  });
}

function counter(name: string, help: string, value: (status: SharesStatus) => number): Provider {
  return makeCounterProvider({
    name,
    help,
    inject: [Shares],
    collect(shares: Shares) {
      this.reset();
      this.inc(value(shares.status()));
    },
  });
}
