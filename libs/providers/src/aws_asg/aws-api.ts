import {
  AutoScalingClient,
  type AutoScalingClientConfig,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribePoliciesCommand,
  DescribeScheduledActionsCommand,
  type ScalingPolicy,
  type ScheduledUpdateGroupAction,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchClient,
  type CloudWatchClientConfig,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { ProviderError } from '../sdk/index.js';
import { awsError } from './aws-error.js';
import { BackOff } from './back-off.js';
import { chunks } from './chunks.js';

/** AWS's limit, with `MaxRecords`. */
const GROUPS_PER_REQUEST = 100;
const RECORDS_PER_PAGE = 100;
const MOST_PAGES = 100;

export type AwsConfig = AutoScalingClientConfig & CloudWatchClientConfig & STSClientConfig;

/** Milliseconds since the epoch; `to` is exclusive. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** The clients of one connection, with their sockets. */
export interface AwsClients {
  readonly scaling: AutoScalingClient;
  readonly metrics: CloudWatchClient;
  readonly identity: STSClient;
}

export function awsClients(config: AwsConfig): AwsClients {
  return {
    scaling: new AutoScalingClient(config),
    metrics: new CloudWatchClient(config),
    identity: new STSClient(config),
  };
}

interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly next: string | undefined;
}

/** Requests to AWS, each sent once: the caller repeats them. Each throws `ProviderError`. An action that AWS throttles pauses here only. */
export class AwsApi {
  private readonly backOff: BackOff;

  constructor(
    private readonly clients: AwsClients,
    clock: { now(): number },
  ) {
    this.backOff = new BackOff(clock);
  }

  /** @returns by name; a group that does not exist is left out, those of a failed request are errors */
  async groups(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, AutoScalingGroup | ProviderError>> {
    const found = new Map<string, AutoScalingGroup | ProviderError>();
    const requests = chunks(names, GROUPS_PER_REQUEST).map(async (chunk) => {
      try {
        for (const group of await this.groupsOf(chunk, signal)) found.set(group.AutoScalingGroupName ?? '', group);
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        for (const name of chunk) found.set(name, error);
      }
    });
    await Promise.all(requests);
    return found;
  }

  async setDesired(group: string, count: number, signal: AbortSignal): Promise<void> {
    const request = { AutoScalingGroupName: group, DesiredCapacity: count, HonorCooldown: false };
    await this.send('autoscaling:SetDesiredCapacity', signal, async () =>
      this.clients.scaling.send(new SetDesiredCapacityCommand(request), { abortSignal: signal }),
    );
  }

  /** @param group `null`: of all groups */
  async policies(group: string | null, signal: AbortSignal): Promise<readonly ScalingPolicy[]> {
    return this.pages('autoscaling:DescribePolicies', signal, async (page) => {
      const request = new DescribePoliciesCommand({ ...ofGroup(group), ...page });
      const { ScalingPolicies: items, NextToken: next } = await this.clients.scaling.send(request, {
        abortSignal: signal,
      });
      return { items, next };
    });
  }

  /** @param group `null`: of all groups */
  async scheduledActions(group: string | null, signal: AbortSignal): Promise<readonly ScheduledUpdateGroupAction[]> {
    return this.pages('autoscaling:DescribeScheduledActions', signal, async (page) => {
      const request = new DescribeScheduledActionsCommand({ ...ofGroup(group), ...page });
      const answer = await this.clients.scaling.send(request, { abortSignal: signal });
      return { items: answer.ScheduledUpdateGroupActions, next: answer.NextToken };
    });
  }

  /** @param queries 500 at most; one result can be in several parts */
  async metricData(
    queries: readonly MetricDataQuery[],
    { from, to }: TimeRange,
    signal: AbortSignal,
  ): Promise<readonly MetricDataResult[]> {
    const request = { MetricDataQueries: [...queries], StartTime: new Date(from), EndTime: new Date(to) };
    return this.pages('cloudwatch:GetMetricData', signal, async ({ NextToken }) => {
      const command = new GetMetricDataCommand({ ...request, ScanBy: 'TimestampDescending', NextToken });
      const answer = await this.clients.metrics.send(command, { abortSignal: signal });
      return { items: answer.MetricDataResults, next: answer.NextToken };
    });
  }

  /** @returns the ARN of who calls */
  async callerIdentity(signal: AbortSignal): Promise<string | null> {
    const { Arn: arn = null } = await this.send('sts:GetCallerIdentity', signal, async () =>
      this.clients.identity.send(new GetCallerIdentityCommand(), { abortSignal: signal }),
    );
    return arn;
  }

  close(): void {
    this.clients.scaling.destroy();
    this.clients.metrics.destroy();
    this.clients.identity.destroy();
  }

  private async groupsOf(names: readonly string[], signal: AbortSignal): Promise<readonly AutoScalingGroup[]> {
    return this.pages('autoscaling:DescribeAutoScalingGroups', signal, async (page) => {
      const request = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...names], ...page });
      const { AutoScalingGroups: items, NextToken: next } = await this.clients.scaling.send(request, {
        abortSignal: signal,
      });
      return { items, next };
    });
  }

  private async pages<T>(
    action: string,
    signal: AbortSignal,
    read: (page: { readonly MaxRecords: number; readonly NextToken: string | undefined }) => Promise<Page<T>>,
  ): Promise<readonly T[]> {
    const all: T[] = [];
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const NextToken = token;
      const { items = [], next } = await this.send(action, signal, async () =>
        read({ MaxRecords: RECORDS_PER_PAGE, NextToken }),
      );
      all.push(...items);
      if (next === undefined || next === '') return all;
      token = next;
    }
    throw new ProviderError('invalid', `${action} has more than ${MOST_PAGES} pages`);
  }

  private async send<T>(action: string, signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw new ProviderError('unreachable', 'no answer in time');
    this.backOff.check(action);
    try {
      const answer = await request();
      this.backOff.answered(action);
      return answer;
    } catch (thrown) {
      const error = awsError(action, thrown, signal);
      if (error.code === 'throttled') this.backOff.throttled(action);
      throw error;
    }
  }
}

function ofGroup(group: string | null): { readonly AutoScalingGroupName?: string } {
  return group === null ? {} : { AutoScalingGroupName: group };
}
