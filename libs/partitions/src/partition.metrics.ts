import type { Provider } from '@nestjs/common';
import { makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Partitions, type PartitionsStatus } from './partitions.js';

/** Gauges of the partitions, computed at scrape time. */
export function partitionMetricProviders(): Provider[] {
  return [
    gauge('autoscaler_shares_held', 'Partitions of the clusters that this instance holds', ({ held }) => held.length),
    gauge(
      'autoscaler_shares_without_holder',
      'Partitions that no living instance holds; their clusters are not ticked',
      ({ orphaned }) => orphaned,
    ),
    gauge('autoscaler_instances', 'Instances that live, as this one sees it', ({ instances }) => instances),
    counter('autoscaler_share_takeovers_total', 'Partitions that this instance took', ({ takeOvers }) => takeOvers),
    counter(
      'autoscaler_stale_writes_refused_total',
      'Ticks of this instance that were refused because another one had taken the partition',
      ({ refused }) => refused,
    ),
  ];
}

function gauge(name: string, help: string, value: (status: PartitionsStatus) => number): Provider {
  return makeGaugeProvider({
    name,
    help,
    inject: [Partitions],
    collect(partitions: Partitions) {
      this.set(value(partitions.status()));
    },
  });
}

function counter(name: string, help: string, value: (status: PartitionsStatus) => number): Provider {
  return makeCounterProvider({
    name,
    help,
    inject: [Partitions],
    collect(partitions: Partitions) {
      this.reset();
      this.inc(value(partitions.status()));
    },
  });
}
