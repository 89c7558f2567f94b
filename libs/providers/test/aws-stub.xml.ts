export interface StubInstance {
  readonly id: string;
  readonly state: string;
  readonly health?: string;
  readonly isProtected?: boolean;
  readonly weight?: string;
}

export interface StubGroup {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  readonly desired: number;
  readonly instances: readonly StubInstance[];
  readonly suspended?: readonly string[];
  readonly tags?: readonly string[];
  readonly unit?: string;
  readonly weights?: readonly string[];
  readonly status?: string;
}

/** A scaling policy or a scheduled action. */
export interface StubWriter {
  readonly group: string;
  readonly name: string;
  /** The type of a policy, with the mode of a predictive one behind a slash; `scheduled` for a scheduled action. */
  readonly type: string;
  readonly off?: boolean;
}

export function member(xml: string): string {
  return `<member>${xml}</member>`;
}

export function groupXml(group: StubGroup): string {
  const { name, min = 0, max = 10, desired, instances, suspended = [], tags = [], unit, weights = [], status } = group;
  const list = instances.map(({ id, state, health = 'Healthy', isProtected = false, weight }) =>
    member(
      `<InstanceId>${id}</InstanceId><AvailabilityZone>eu-west-1a</AvailabilityZone><LifecycleState>${state}</LifecycleState>` +
        `<HealthStatus>${health}</HealthStatus><ProtectedFromScaleIn>${isProtected}</ProtectedFromScaleIn>` +
        (weight === undefined ? '' : `<WeightedCapacity>${weight}</WeightedCapacity>`),
    ),
  );
  const processes = suspended.map((process) => member(`<ProcessName>${process}</ProcessName>`));
  const overrides = weights.map((weight) => member(`<WeightedCapacity>${weight}</WeightedCapacity>`)).join('');
  return [
    `<AutoScalingGroupName>${name}</AutoScalingGroupName><MinSize>${min}</MinSize><MaxSize>${max}</MaxSize>`,
    `<DesiredCapacity>${desired}</DesiredCapacity><DefaultCooldown>300</DefaultCooldown>`,
    `<Instances>${list.join('')}</Instances><SuspendedProcesses>${processes.join('')}</SuspendedProcesses>`,
    `<Tags>${tags.map((key) => member(`<Key>${key}</Key><Value>true</Value>`)).join('')}</Tags>`,
    unit === undefined ? '' : `<DesiredCapacityType>${unit}</DesiredCapacityType>`,
    status === undefined ? '' : `<Status>${status}</Status>`,
    overrides === ''
      ? ''
      : `<MixedInstancesPolicy><LaunchTemplate><Overrides>${overrides}</Overrides></LaunchTemplate></MixedInstancesPolicy>`,
  ].join('');
}

export function policyXml({ group, name, type, off = false }: StubWriter): string {
  const [kind, mode] = type.split('/');
  const predictive =
    mode === undefined ? '' : `<PredictiveScalingConfiguration><Mode>${mode}</Mode></PredictiveScalingConfiguration>`;
  return `<AutoScalingGroupName>${group}</AutoScalingGroupName><PolicyName>${name}</PolicyName><PolicyType>${kind}</PolicyType><Enabled>${!off}</Enabled>${predictive}`;
}

export function actionXml({ group, name }: StubWriter): string {
  return `<AutoScalingGroupName>${group}</AutoScalingGroupName><ScheduledActionName>${name}</ScheduledActionName>`;
}
