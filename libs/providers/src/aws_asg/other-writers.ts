import type { AutoScalingGroup, ScalingPolicy, ScheduledUpdateGroupAction } from '@aws-sdk/client-auto-scaling';
import { type Blocked, ProviderError, type ProviderLogger } from '../sdk/index.js';
import type { AwsApi } from './aws-api.js';
import { suspendedOf } from './group.js';

const REFRESH_MS = 60_000;
/** What could not be renewed for longer is not known any more. */
const KEPT_MS = 600_000;

type Api = Pick<AwsApi, 'policies' | 'scheduledActions'>;

interface Writers {
  readonly at: number;
  readonly policies: readonly ScalingPolicy[];
  readonly actions: readonly ScheduledUpdateGroupAction[];
}

/** Scaling policies and scheduled actions of all groups of a connection. */
export class OtherWriters {
  private known: Writers | null = null;
  private failure: string | null = null;

  constructor(
    private readonly api: Api,
    private readonly clock: { now(): number },
    private readonly logger: ProviderLogger,
  ) {}

  /** Renews what is known, at most every 60 s. A failure does not reject: `of` then says that it is unknown. */
  async refresh(signal: AbortSignal): Promise<void> {
    if (this.known !== null && Math.abs(this.clock.now() - this.known.at) < REFRESH_MS) return;
    try {
      this.known = await this.read(null, signal);
      this.failure = null;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (this.failure !== error.message)
        this.logger.warn(`cannot read scaling policies and scheduled actions: ${error.message}`);
      this.failure = error.message;
    }
  }

  /** What scales the group, as last read; it counts as blocked while that is unknown. */
  of(group: AutoScalingGroup): Blocked | null {
    const { known } = this;
    if (known !== null && Math.abs(this.clock.now() - known.at) < KEPT_MS) return blockedBy(group, known);
    return {
      by: 'an unknown scaling policy',
      reason: `scaling policies and scheduled actions cannot be read: ${this.failure ?? 'not read yet'}`,
    };
  }

  /** What scales the group now. @throws ProviderError */
  async now(group: AutoScalingGroup, signal: AbortSignal): Promise<Blocked | null> {
    return blockedBy(group, await this.read(group.AutoScalingGroupName ?? null, signal));
  }

  private async read(group: string | null, signal: AbortSignal): Promise<Writers> {
    const at = this.clock.now();
    const [policies, actions] = await Promise.all([
      this.api.policies(group, signal),
      this.api.scheduledActions(group, signal),
    ]);
    return { at, policies, actions };
  }
}

function blockedBy(group: AutoScalingGroup, { policies, actions }: Writers): Blocked | null {
  const name = group.AutoScalingGroupName;
  const suspended = suspendedOf(group);
  const active = policies.filter(
    (policy) => policy.AutoScalingGroupName === name && policy.Enabled !== false && !isSuspended(policy, suspended),
  );
  const planned = suspended.has('ScheduledActions')
    ? []
    : actions.filter(({ AutoScalingGroupName: of }) => of === name);
  const writers = [
    ...active.map(({ PolicyName: policy }) => `scaling policy ${policy}`),
    ...planned.map(({ ScheduledActionName: action }) => `scheduled action ${action}`),
  ];
  const [first] = writers;
  if (first === undefined) return null;
  const others = writers.length === 1 ? '' : `, with ${writers.length - 1} more,`;
  const { MaxSize: servers } = group;
  const limit = servers === undefined ? {} : { limit: { field: 'MaxSize', servers } };
  return { by: first, reason: `it${others} scales the Auto Scaling group ${name}`, ...limit };
}

/** Alarms drive all policies but predictive ones, which only forecast unless their mode says otherwise. */
function isSuspended(policy: ScalingPolicy, suspended: ReadonlySet<string>): boolean {
  if (policy.PolicyType === 'PredictiveScaling')
    return policy.PredictiveScalingConfiguration?.Mode !== 'ForecastAndScale';
  return suspended.has('AlarmNotification');
}
