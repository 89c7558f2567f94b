import { describe, expect, it } from '@jest/globals';
import type { AutoScalingGroup, LifecycleState } from '@aws-sdk/client-auto-scaling';
import { faultOf, refusalOf, serversOf } from './group.js';

const WEB = { AutoScalingGroupName: 'web', MinSize: 1, MaxSize: 10, DesiredCapacity: 3 } as AutoScalingGroup;

function groupOf(change: object): AutoScalingGroup {
  return { ...WEB, ...change };
}

function instance(state: string, change: object = {}): object {
  return { InstanceId: 'i-1', LifecycleState: state, HealthStatus: 'Healthy', ...change };
}

describe('an instance of an Auto Scaling group', () => {
  it.each<[LifecycleState, string | null]>([
    ['Pending', 'PROVISIONING'],
    ['Pending:Wait', 'PROVISIONING'],
    ['Pending:Proceed', 'PROVISIONING'],
    ['InService', 'ACTIVE'],
    ['ReplacingRootVolume:Wait', 'PROVISIONING'],
    ['Terminating', 'DRAINING'],
    ['Terminating:Wait', 'DRAINING'],
    ['Terminating:Retained', 'DRAINING'],
    ['Detaching', 'DRAINING'],
    ['EnteringStandby', 'DRAINING'],
    ['Quarantined', 'DRAINING'],
    ['Standby', null],
    ['Detached', null],
    ['Terminated', null],
    ['Warmed:Pending', null],
    ['Warmed:Running', null],
    ['Warmed:Stopped', null],
    ['Warmed:Terminating:Wait', null],
    ['AStateOfTheFuture' as LifecycleState, 'DRAINING'],
  ])('in the state %s is %s', (state, expected) => {
    const servers = serversOf(groupOf({ Instances: [instance(state)] }));
    expect(servers).toEqual(expected === null ? [] : [{ id: 'i-1', state: expected }]);
  });

  it('is no capacity while it is unhealthy, as the group replaces it', () => {
    const [server] = serversOf(groupOf({ Instances: [instance('InService', { HealthStatus: 'Unhealthy' })] }));
    expect(server?.state).toBe('DRAINING');
  });
});

describe('a group', () => {
  it('can be a cluster', () => expect(faultOf(WEB)).toBeNull());

  it.each([
    ['k8s.io/cluster-autoscaler/enabled', /tag k8s.io\/cluster-autoscaler\/enabled/],
    ['eks:nodegroup-name', /nodes of Kubernetes/],
    ['kubernetes.io/cluster/prod', /nodes of Kubernetes/],
  ])('with the tag %s is refused', (Key, message) => {
    expect(faultOf(groupOf({ Tags: [{ Key: 'team' }, { Key }] }))).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['of instances with weights', { Instances: [instance('InService', { WeightedCapacity: '2' })] }],
    [
      'whose template gives weights',
      { MixedInstancesPolicy: { LaunchTemplate: { Overrides: [{ WeightedCapacity: '4' }] } } },
    ],
    ['counted in CPUs', { DesiredCapacityType: 'vcpu' }],
  ])('%s is refused', (_name, change) => {
    expect(faultOf(groupOf(change))).toMatchObject({ code: 'refused' });
  });

  it('that is being deleted is not found', () => {
    expect(faultOf(groupOf({ Status: 'Delete in progress' }))).toMatchObject({ code: 'not_found' });
  });

  it('without a desired capacity is not believed', () => {
    expect(faultOf(groupOf({ DesiredCapacity: undefined }))).toMatchObject({ code: 'invalid' });
  });
});

describe('a change of the desired capacity', () => {
  const three = [1, 2, 3].map((number) => instance('InService', { InstanceId: `i-${number}` }));
  const guarded = three.map((one, index) => ({ ...one, ProtectedFromScaleIn: index < 2 }));

  it.each([
    [1, {}],
    [10, {}],
    [2, { SuspendedProcesses: [{ ProcessName: 'Launch' }] }],
    [4, { SuspendedProcesses: [{ ProcessName: 'Terminate' }, { ProcessName: 'AZRebalance' }] }],
    [2, { Instances: guarded }],
    [4, { Instances: guarded }],
  ])('to %i with %j is possible', (count, change) => {
    expect(refusalOf(groupOf({ Instances: three, ...change }), count)).toBeNull();
  });

  it.each([
    [0, {}, /1 to 10 instances, not 0/],
    [11, {}, /1 to 10 instances, not 11/],
    [4, { SuspendedProcesses: [{ ProcessName: 'Launch' }] }, /Launch .* is suspended/],
    [2, { SuspendedProcesses: [{ ProcessName: 'Terminate' }] }, /Terminate .* is suspended/],
    [1, { Instances: guarded }, /2 instances .* are protected/],
  ])('to %i with %j is refused', (count, change, why) => {
    expect(refusalOf(groupOf({ Instances: three, ...change }), count)).toMatch(why);
  });
});
