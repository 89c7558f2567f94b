import { ViewColumn, ViewEntity } from 'typeorm';

/** A continuous aggregate of the observations. Means are kept as sum and count, so that longer buckets can be built exactly from shorter ones. */
abstract class ObservationAggregate {
  @ViewColumn({ name: 'cluster_id' })
  clusterId!: string;

  @ViewColumn()
  bucket!: Date;

  @ViewColumn()
  ticks!: string;

  @ViewColumn({ name: 'cpu_sum' })
  cpuSum!: number | null;

  @ViewColumn({ name: 'cpu_count' })
  cpuCount!: string;

  @ViewColumn({ name: 'cpu_max' })
  cpuMax!: number | null;

  @ViewColumn({ name: 'cpu_min' })
  cpuMin!: number | null;

  @ViewColumn({ name: 'memory_sum' })
  memorySum!: number | null;

  @ViewColumn({ name: 'memory_count' })
  memoryCount!: string;

  @ViewColumn({ name: 'memory_max' })
  memoryMax!: number | null;

  @ViewColumn({ name: 'request_rate_sum' })
  requestRateSum!: number | null;

  @ViewColumn({ name: 'request_rate_count' })
  requestRateCount!: string;

  @ViewColumn({ name: 'request_rate_max' })
  requestRateMax!: number | null;

  @ViewColumn({ name: 'demand_sum' })
  demandSum!: number | null;

  @ViewColumn({ name: 'demand_count' })
  demandCount!: string;

  @ViewColumn({ name: 'demand_max' })
  demandMax!: number | null;

  @ViewColumn({ name: 'active_sum' })
  activeSum!: string;

  @ViewColumn({ name: 'active_min' })
  activeMin!: number;

  @ViewColumn({ name: 'active_max' })
  activeMax!: number;

  @ViewColumn({ name: 'active_last' })
  activeLast!: number;

  @ViewColumn({ name: 'provisioning_max' })
  provisioningMax!: number;

  @ViewColumn({ name: 'desired_last' })
  desiredLast!: number | null;

  @ViewColumn({ name: 'saturated_ticks' })
  saturatedTicks!: string;

  @ViewColumn()
  refused!: string;
}

// With `synchronize`, TypeORM would create a table for its metadata of views.
@ViewEntity({ name: 'observations_by_minute', synchronize: false })
export class ObservationsByMinuteEntity extends ObservationAggregate {}

@ViewEntity({ name: 'observations_by_hour', synchronize: false })
export class ObservationsByHourEntity extends ObservationAggregate {}
