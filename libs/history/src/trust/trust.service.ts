import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess, ClusterRepository } from '#clusters';
import { Clock, parseDuration } from '#config';
import { amount, DEMOTE_BELOW, plural, PROMOTE_FROM, serversOf, share } from '#engine';
import { type MeasuredRange, ObservationRepository } from '#metrics';
import { ForecastRepository } from '#scaler';
import { type HorizonScore, type Score, scoreForecasts } from './score.js';
import type { MeasuredDto, TrustBucketDto, TrustDto, TrustQuery } from './trust.dto.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Bucket length by length of the range, for about thirty buckets. */
const BUCKETS: readonly (readonly [upToMs: number, bucketMs: number])[] = [
  [6 * HOUR_MS, 15 * MINUTE_MS],
  [2 * DAY_MS, HOUR_MS],
  [8 * DAY_MS, 6 * HOUR_MS],
];

/** Demand is read this long after the last forecast: the engine's longest horizon. */
const LONGEST_HORIZON_MS = DAY_MS;

/** Below this number of forecasts there is no verdict. */
const ENOUGH = 60;

/** Accuracy of a cluster's forecasts. */
@Injectable()
export class TrustService {
  constructor(
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    @Inject(ClusterRepository) private readonly clusters: Pick<ClusterRepository, 'find'>,
    private readonly made: ForecastRepository,
    private readonly observations: ObservationRepository,
    private readonly clock: Clock,
  ) {}

  async get(principal: Principal, clusterId: string, query: TrustQuery): Promise<TrustDto> {
    await this.access.assertVisible(principal, clusterId);
    const to = query.to === undefined ? this.clock.now() : Date.parse(query.to);
    const rangeMs = parseDuration(query.range);
    const from = to - rangeMs;
    const bucketMs = BUCKETS.find(([upTo]) => rangeMs <= upTo)?.[1] ?? DAY_MS;
    const forecasts = await this.made.between(clusterId, from, to);
    const demand =
      forecasts.length === 0 ? [] : await this.observations.demandByMinute(clusterId, from, to + LONGEST_HORIZON_MS);
    const measured = await this.observations.measured(clusterId, from, to);
    const horizons = scoreForecasts(forecasts, demand, bucketMs);
    return {
      cluster_id: clusterId,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      bucket_seconds: bucketMs / 1000,
      horizons: horizons.map(({ horizonMs, total, buckets }) => ({
        horizon_ms: horizonMs,
        total: toBucket(total),
        buckets: buckets.map(toBucket),
      })),
      measured: measured === null ? null : toMeasured(measured, await this.promisedTo(clusterId)),
      demoted_below: DEMOTE_BELOW,
      summary: summaryOf(horizons),
    };
  }

  private async promisedTo(clusterId: string): Promise<number | null> {
    const cluster = await this.clusters.find(clusterId);
    return cluster?.policy.slo?.violations ?? null;
  }
}

function toMeasured({ from, to, requests, bad, covered }: MeasuredRange, promised: number | null): MeasuredDto {
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    requests: requests === null ? null : Math.round(requests),
    bad: bad === null ? null : Math.round(bad),
    share: requests === null || bad === null || requests === 0 ? null : bad / requests,
    promised,
    covered,
  };
}

function toBucket({ at, ...score }: Score): TrustBucketDto {
  return { timestamp: new Date(at).toISOString(), ...score };
}

/** A verdict on the forecasts in a sentence. */
export function summaryOf(horizons: readonly HorizonScore[]): string {
  const largest = horizons.reduce<HorizonScore | null>(
    (most, one) => (most === null || one.total.settled > most.total.settled ? one : most),
    null,
  );
  if (largest === null) return 'No forecast of this time can be checked.';
  const { settled, coverage, bias, reactive } = largest.total;
  if (settled < ENOUGH) return `Only ${plural(settled, 'forecast')} can be checked, too few to judge.`;
  const nine = coverage['0.9'] ?? 0;
  const verdict = nine >= PROMOTE_FROM ? 'The forecast held' : 'The forecast did not hold';
  const followed = reactive > 0.5 ? ' Most of the time a simple rule decided instead.' : '';
  return `${verdict}: ${share(nine)} of outcomes stayed under its 90 % quantile. ${leanOf(bias)}${followed}`;
}

/** Where the load was in relation to the median of its forecast. @param bias mean difference, servers */
function leanOf(bias: number): string {
  const off = Math.abs(bias);
  const isNone = amount(off) === '0';
  const words = isNone ? 'within 0.1 servers of' : `${serversOf(off)} ${bias > 0 ? 'above' : 'below'}`;
  return `On average the load was ${words} its median.`;
}
