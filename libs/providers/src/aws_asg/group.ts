import type { AutoScalingGroup, Instance } from '@aws-sdk/client-auto-scaling';
import { ProviderError, type Server, type ServerState } from '../sdk/index.js';

/** Tags of groups whose instances are nodes of Kubernetes, which other programs scale. */
const NODE_TAGS = /^(k8s\.io\/cluster-autoscaler\/|kubernetes\.io\/cluster\/|eks:nodegroup-name$|eks:cluster-name$)/;

/** Only a member is a server of the cluster: an instance in the warm pool, in standby or detached takes no load and is not counted. */
const OUTSIDE = /^(Warmed:|Standby$|Detached$|Terminated$)/;

/** @returns `null` if the instance is no server of the group */
export function stateOf({ LifecycleState: given, HealthStatus: health }: Instance): ServerState | null {
  const state: string = given ?? '';
  if (OUTSIDE.test(state)) return null;
  if (/^Pending(:|$)/.test(state)) return 'PROVISIONING';
  // The group replaces an unhealthy instance: it is no capacity to count on.
  if (state === 'InService') return health === 'Unhealthy' ? 'DRAINING' : 'ACTIVE';
  // It returns with a new root volume.
  if (/^(ReplacingRootVolume|RootVolumeReplaced)/.test(state)) return 'PROVISIONING';
  return 'DRAINING';
}

export function serversOf({ Instances: instances = [] }: AutoScalingGroup): readonly Server[] {
  return instances.flatMap((instance) => {
    const state = stateOf(instance);
    return state === null ? [] : [{ id: instance.InstanceId ?? '', state }];
  });
}

/** Why a group cannot be a cluster; `null` if it can. */
export function faultOf(group: AutoScalingGroup): ProviderError | null {
  const name = group.AutoScalingGroupName;
  const tag = group.Tags?.find(({ Key: key = '' }) => NODE_TAGS.test(key))?.Key;
  if (tag !== undefined)
    return new ProviderError(
      'refused',
      `the group ${name} holds nodes of Kubernetes (tag ${tag}): scale its workloads instead`,
    );
  if (isWeighted(group))
    return new ProviderError('refused', `the group ${name} counts capacity in weights or units, not in instances`);
  if (group.Status !== undefined) return new ProviderError('not_found', `the group ${name} is being deleted`);
  if (group.DesiredCapacity === undefined)
    return new ProviderError('invalid', `the answer states no desired capacity of the group ${name}`);
  return null;
}

/** Why the group cannot have `count` instances; `null` if it can. */
export function refusalOf(group: AutoScalingGroup, count: number): string | null {
  const { AutoScalingGroupName: name, MinSize: min = 0, MaxSize: max = 0, DesiredCapacity: desired = 0 } = group;
  if (count < min || count > max)
    return `the group ${name} allows ${min} to ${max} instances, not ${count}: change its MinSize or MaxSize`;
  const process = count > desired ? 'Launch' : 'Terminate';
  if (suspendedOf(group).has(process))
    return `the process ${process} of the group ${name} is suspended: resume it with resume-processes`;
  const kept = (group.Instances ?? []).filter(
    (instance) => instance.ProtectedFromScaleIn === true && stateOf(instance) === 'ACTIVE',
  ).length;
  if (count < desired && count < kept)
    return `${kept} instances of the group ${name} are protected from scale-in, so it cannot have ${count}`;
  return null;
}

export function suspendedOf({ SuspendedProcesses: processes = [] }: AutoScalingGroup): ReadonlySet<string> {
  return new Set(processes.map(({ ProcessName: process = '' }) => process));
}

function isWeighted(group: AutoScalingGroup): boolean {
  const { DesiredCapacityType: unit = 'units', Instances: instances = [], MixedInstancesPolicy: mixed } = group;
  return (
    unit !== 'units' ||
    instances.some(({ WeightedCapacity: weight }) => weight !== undefined) ||
    (mixed?.LaunchTemplate?.Overrides ?? []).some(({ WeightedCapacity: weight }) => weight !== undefined)
  );
}
