import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import {
  type Call,
  countServers,
  type ConnectionReport,
  type ProviderCluster,
  type ProviderContext,
  ProviderError,
  type ProviderState,
  type Lateness,
  type Reading,
  type Readings,
  type Sample,
  type Session,
} from '../sdk/index.js';
import type { AwsApi } from './aws-api.js';
import type { AsgMetrics, AsgTarget } from './aws.fields.js';
import { CloudWatch, lateMsOf } from './cloudwatch.js';
import { faultOf, refusalOf, serversOf } from './group.js';
import { OtherWriters } from './other-writers.js';
import { reportOf } from './rights.js';
import { SeenServers } from './seen-servers.js';

type Cluster = ProviderCluster<AsgTarget, AsgMetrics>;

/** A group that was read, as the state of its servers. */
interface Known {
  readonly group: AutoScalingGroup;
  readonly state: ProviderState;
}

/** One account and region: groups and their metrics, for all clusters of a connection with the same requests. */
export class AwsAsgSession implements Session<AsgTarget, AsgMetrics> {
  private readonly writers: OtherWriters;
  private readonly cloudWatch: CloudWatch;
  private readonly seen = new SeenServers();
  /** The desired capacity that decisions about a group start from: that of its last reading. */
  private readonly stated = new Map<string, number>();

  /** @param probes the same for tests of the connection: those that AWS throttles must not pause the work for clusters */
  constructor(
    private readonly api: AwsApi,
    private readonly context: Pick<ProviderContext, 'clock' | 'logger'>,
    private readonly probes: AwsApi,
  ) {
    this.writers = new OtherWriters(api, context.clock, context.logger);
    this.cloudWatch = new CloudWatch(api, context.clock);
  }

  async read(clusters: readonly Cluster[], { signal }: Call): Promise<Readings> {
    const at = this.context.clock.now();
    const isTarget = clusters.some(({ target }) => target !== null);
    const [groups] = await Promise.all([
      this.groupsOf(clusters, signal),
      isTarget ? this.writers.refresh(signal) : undefined,
    ]);
    const samples = await this.samplesOf(clusters, groups, signal);
    // A part that was cut short is no reading.
    if (signal.aborted) throw new ProviderError('unreachable', 'no answer in time');
    const readings = new Map<string, Reading | ProviderError>();
    for (const cluster of clusters) {
      const known = groups.get(groupOf(cluster))!;
      const reading =
        known instanceof ProviderError ? known : this.readingOf(cluster, known, at, samples.get(cluster.id));
      readings.set(cluster.id, reading);
    }
    return readings;
  }

  async setDesired(cluster: Cluster, count: number, { signal }: Call): Promise<ProviderState> {
    const name = groupOf(cluster);
    const before = await this.groupNow(name, signal);
    const { group, state } = before;
    const started = this.stated.get(name) ?? state.desired;
    // Asked for twice, as after an answer that was lost.
    if (state.desired === count) {
      this.stated.set(name, count);
      return state;
    }
    if (state.desired !== started)
      throw new ProviderError(
        'conflict',
        `the desired capacity of the group ${name} was changed from ${started} to ${state.desired} meanwhile`,
      );
    const blocked = await this.writers.now(group, signal);
    if (blocked !== null) throw new ProviderError('conflict', `${blocked.by} is enabled: ${blocked.reason}`);
    const refusal = refusalOf(group, count);
    if (refusal !== null) throw new ProviderError('refused', refusal);
    await this.api.setDesired(name, count, signal);
    this.stated.set(name, count);
    return wholeOf(state, (await this.groupNow(name, signal)).state);
  }

  async check({ signal }: Call): Promise<ConnectionReport> {
    return reportOf(this.probes, this.context.clock.now(), signal);
  }

  async close(): Promise<void> {
    this.api.close();
  }

  private readingOf(
    { target, metrics }: Cluster,
    { group, state }: Known,
    at: number,
    samples: readonly Sample[] | ProviderError | undefined,
  ): Reading {
    const measured = metrics === null || samples === undefined ? {} : { samples, late: this.lateOf(metrics, samples) };
    if (target === null) return { at, ...measured };
    const { desired } = state;
    if (desired !== null) this.stated.set(target.group, desired);
    return { at, ...state, blocked: this.writers.of(group), ...measured };
  }

  private lateOf(metrics: AsgMetrics, samples: readonly Sample[] | ProviderError): Lateness {
    const times = samples instanceof ProviderError ? [] : samples.map(({ at }) => at);
    const servers = times.length === 0 ? null : this.seen.activeAt(metrics.group, Math.max(...times));
    return { ms: lateMsOf(metrics), servers };
  }

  private async groupsOf(
    clusters: readonly Cluster[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Known | ProviderError>> {
    const names = [...new Set(clusters.map(groupOf))];
    const found = await this.api.groups(names, signal);
    return new Map(names.map((name) => [name, this.knownOf(name, found.get(name))]));
  }

  private async groupNow(name: string, signal: AbortSignal): Promise<Known> {
    const known = this.knownOf(name, (await this.api.groups([name], signal)).get(name));
    if (known instanceof ProviderError) throw known;
    return known;
  }

  private knownOf(name: string, group: AutoScalingGroup | ProviderError | undefined): Known | ProviderError {
    if (group instanceof ProviderError) return group;
    if (group === undefined) return new ProviderError('not_found', `there is no Auto Scaling group ${name}`);
    const fault = faultOf(group);
    if (fault !== null) return fault;
    const servers = this.seen.follow(name, serversOf(group), this.context.clock.now());
    return { group, state: { servers, desired: group.DesiredCapacity ?? null } };
  }

  private async samplesOf(
    clusters: readonly Cluster[],
    groups: ReadonlyMap<string, Known | ProviderError>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Sample[] | ProviderError>> {
    const measured = clusters.flatMap(({ id, metrics }) => {
      const known = metrics === null ? undefined : groups.get(metrics.group);
      if (metrics === null || known === undefined || known instanceof ProviderError) return [];
      return [{ id, spec: metrics, servers: known.state.servers }];
    });
    return this.cloudWatch.samplesOf(measured, signal);
  }
}

function groupOf({ target, metrics }: Cluster): string {
  return (target ?? metrics)!.group;
}

/**
 * What stands there after a change. Instances are listed one by one; while a part is, the servers are those from before: a part would look
 * like all that is granted.
 */
function wholeOf(before: ProviderState, after: ProviderState): ProviderState {
  const [was, is] = [countServers(before.servers).total, countServers(after.servers).total];
  return is > was && is < (after.desired ?? 0) ? { ...after, servers: before.servers } : after;
}
