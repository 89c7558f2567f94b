import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderError, type Reading } from '../src/sdk/index.js';
import { AwsHarness, clusterOf } from './aws-harness.js';
import type { StubSeries } from './aws-stub.js';

const MINUTE = 60_000;
const TARGET_GROUP = 'targetgroup/web/0123456789abcdef';
const web = clusterOf('web', { detailed: true });

let harness: AwsHarness;
beforeEach(async () => {
  harness = await AwsHarness.start();
  harness.stub.add('web');
});
afterEach(async () => harness.close());

/** Minutes of the hour in which tests begin at 10:02:30. */
function at(time: string): number {
  return Date.parse(`2026-03-02T${time}Z`);
}

function valuesOf({ samples }: Reading): readonly (readonly [at: string, cpu: number | null, rate: number | null])[] {
  if (samples instanceof ProviderError) throw samples;
  return samples!.map((one) => [new Date(one.at).toISOString().slice(11, 19), one.cpu, one.requestRate]);
}

describe('samples from CloudWatch', () => {
  it('have the time of the end of their period, however late they come', async () => {
    harness.stub.series = () => ({ points: { [at('09:58:00')]: 41, [at('09:59:00')]: 42 } });
    expect(valuesOf(await harness.read(web))).toEqual([
      ['10:00:00', 42, null],
      ['10:00:00', 42, null],
    ]);
  });

  it('leave out a period that ended less than a minute ago: not all instances have reported', async () => {
    harness.stub.series = () => ({ points: { [at('10:00:00')]: 42, [at('10:01:00')]: 3 } });
    expect(valuesOf(await harness.read(web))[0]).toEqual(['10:01:00', 42, null]);
  });

  it('come every five minutes without detailed monitoring', async () => {
    const periods: number[] = [];
    harness.stub.series = ({ period }) => {
      periods.push(period);
      return { points: { [at('09:55:00')]: 42, [at('10:00:00')]: 3 } };
    };
    expect(valuesOf(await harness.read(clusterOf('web')))[0]).toEqual(['10:00:00', 42, null]);
    expect(periods).toEqual([300]);
  });

  it('are asked for when a period may be new, and again only after a while', async () => {
    const points: Record<number, number> = { [at('10:00:00')]: 42 };
    harness.stub.series = () => ({ points });
    const asked = async (): Promise<number> => {
      await harness.read(web);
      return harness.stub.count('GetMetricData');
    };
    expect([await asked(), await asked()]).toEqual([1, 1]);
    // 10:03:00: the period from 10:01 may be there.
    harness.clock.advance(30_000);
    expect([await asked(), await asked()]).toEqual([2, 2]);
    harness.clock.advance(20_000);
    points[at('10:01:00')] = 43;
    expect([await asked(), await asked()]).toEqual([3, 3]);
    expect(valuesOf(await harness.read(web))[0]).toEqual(['10:02:00', 43, null]);
  });

  it('are those of the newest answer while more instances may report a period, and asked for no more after that', async () => {
    const points: Record<number, number> = { [at('09:55:00')]: 10 };
    harness.stub.series = () => ({ points });
    const basic = clusterOf('web');
    expect(valuesOf(await harness.read(basic))[0]).toEqual(['10:00:00', 10, null]);
    points[at('09:55:00')] = 55;
    harness.clock.advance(MINUTE);
    expect(valuesOf(await harness.read(basic))[0]).toEqual(['10:00:00', 55, null]);
    expect(harness.stub.count('GetMetricData')).toBe(2);
    harness.clock.advance(MINUTE);
    await harness.read(basic);
    expect(harness.stub.count('GetMetricData')).toBe(2);
  });

  it('of a group are not those of an instance that came later', async () => {
    harness.stub.series = () => ({ points: { [at('10:00:00')]: 42 } });
    await harness.read(web);
    await harness.setDesired(web, 3);
    harness.stub.settle();
    const { servers, samples } = await harness.read(web);
    expect([servers, samples]).toMatchObject([{ length: 3 }, { length: 2 }]);
  });

  it('come with how late they can be, and with the number of instances of their time', async () => {
    harness.stub.series = () => ({ points: { [at('10:00:00')]: 42, [at('10:03:00')]: 43 } });
    expect((await harness.read(web)).late).toEqual({ ms: 4 * MINUTE, servers: null });
    expect((await harness.read(clusterOf('web'))).late).toMatchObject({ ms: 8 * MINUTE });
    harness.clock.advance(3 * MINUTE);
    await harness.setDesired(web, 1);
    expect(await harness.read(web)).toMatchObject({
      servers: [{ state: 'ACTIVE' }, { state: 'DRAINING' }],
      samples: [{ at: at('10:04:00') }],
      late: { servers: 2 },
    });
  });

  it('of each instance are asked for 500 at a time', async () => {
    const instances = Array.from({ length: 600 }, (_, index) => ({ id: `i-${index}`, state: 'InService' }));
    harness.stub.change('web', { desired: 600, instances });
    harness.stub.series = ({ dimension }) => ({ points: { [at('10:00:00')]: Number(dimension.slice(2)) / 10 } });
    const { samples } = await harness.read(clusterOf('web', { detailed: true, per_instance: true }));
    expect(samples).toHaveLength(600);
    expect(samples).toContainEqual(expect.objectContaining({ serverId: 'i-599', cpu: 59.9 }));
    expect(harness.stub.count('GetMetricData')).toBe(2);
  });

  it('of one instance may be missing, and are not 0', async () => {
    const [first] = harness.stub.groups.get('web')!.instances;
    harness.stub.series = ({ dimension }) => (dimension === first!.id ? { points: { [at('10:00:00')]: 42 } } : {});
    const { samples } = await harness.read(clusterOf('web', { detailed: true, per_instance: true }));
    expect(samples).toMatchObject([{ serverId: first!.id, cpu: 42 }]);
  });

  it('of several clusters come with one request', async () => {
    harness.stub.add('api');
    harness.stub.series = () => ({ points: { [at('10:00:00')]: 42 } });
    await harness.readAll([web, clusterOf('api', { detailed: true })]);
    expect(harness.stub.count('GetMetricData')).toBe(1);
  });

  it('state requests per server and second of the same period', async () => {
    const requests = clusterOf('web', { detailed: true, target_group: TARGET_GROUP });
    harness.stub.series = ({ name, dimension }): StubSeries =>
      name === 'CPUUtilization'
        ? { points: { [at('10:00:00')]: 42 } }
        : { points: dimension === TARGET_GROUP ? { [at('09:59:00')]: 6000, [at('10:00:00')]: 9000 } : {} };
    expect(valuesOf(await harness.read(requests))[0]).toEqual(['10:01:00', 42, 150]);
  });

  it('state no request rate where CloudWatch has none for the period', async () => {
    const requests = clusterOf('web', { detailed: true, target_group: TARGET_GROUP });
    harness.stub.series = ({ name }): StubSeries =>
      name === 'CPUUtilization' ? { points: { [at('10:00:00')]: 42 } } : { points: { [at('09:59:00')]: 9000 } };
    expect(valuesOf(await harness.read(requests))[0]).toEqual(['10:01:00', 42, null]);
  });

  it('in several pages are whole with the last one', async () => {
    const points = Object.fromEntries([1, 2, 3, 4].map((minute) => [at('10:01:00') - minute * MINUTE, 40 + minute]));
    harness.stub.series = () => ({ points, pages: 2 });
    expect(valuesOf(await harness.read(web))[0]).toEqual(['10:01:00', 41, null]);
    expect(harness.stub.count('GetMetricData')).toBe(2);
  });

  it.each([
    [
      'a partial answer',
      { points: { [at('10:00:00')]: 42 }, status: 'PartialData' },
      'unreachable',
      /in part: PartialData/,
    ],
    [
      'an internal error',
      { points: { [at('10:00:00')]: 42 }, status: 'InternalError' },
      'unreachable',
      /InternalError/,
    ],
    ['a forbidden metric', { status: 'Forbidden' }, 'unauthorized', /cloudwatch:GetMetricData/],
    ['no value at all', {}, 'invalid', /no CPU of the group web/],
  ])('with %s are unknown and not 0', async (_name, series, code, message) => {
    harness.stub.series = () => series;
    const { servers, samples } = await harness.read(web);
    expect(servers).toHaveLength(2);
    expect(samples).toBeInstanceOf(ProviderError);
    expect(samples).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    ['ThrottlingException', 400, 'throttled'],
    ['AccessDeniedException', 403, 'unauthorized'],
    ['InternalServiceFault', 500, 'unreachable'],
  ])('with the error %s leave the servers known', async (code, status, expected) => {
    harness.stub.fail('GetMetricData', { status, code });
    const { servers, samples, desired } = await harness.read(web);
    expect([servers, desired]).toMatchObject([{ length: 2 }, 2]);
    expect(samples).toMatchObject({ code: expected });
  });

  it('are not asked for while a group has no instance in service', async () => {
    harness.stub.change('web', { desired: 0, instances: [] });
    expect((await harness.read(web)).samples).toEqual([]);
    expect(harness.stub.count('GetMetricData')).toBe(0);
  });
});
