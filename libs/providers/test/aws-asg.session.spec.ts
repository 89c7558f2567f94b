import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderError } from '../src/sdk/index.js';
import { AwsHarness, clusterOf, openSession, SECRET_KEY, unlimited } from './aws-harness.js';

let harness: AwsHarness;
beforeEach(async () => {
  harness = await AwsHarness.start();
});
afterEach(async () => harness.close());

const web = clusterOf('web', null);

async function failureOf(work: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw new Error('it did not fail with a ProviderError', { cause: error });
  return error;
}

describe('groups', () => {
  it('are read with one request for each 100 names, page by page', async () => {
    const names = Array.from({ length: 130 }, (_, index) => `group-${index}`);
    for (const name of names) harness.stub.add(name);
    harness.stub.pageSize = 40;
    const readings = await harness.readAll(names.map((name) => clusterOf(name, null)));
    expect([...readings.values()].filter((one) => one instanceof ProviderError)).toEqual([]);
    expect(readings.size).toBe(130);
    // 100 names in 3 pages and 30 in one.
    expect(harness.stub.count('DescribeAutoScalingGroups')).toBe(4);
    expect(harness.stub.count('DescribePolicies')).toBe(1);
  });

  it('of Kubernetes are refused, also where another group is read', async () => {
    harness.stub.add('web');
    harness.stub.add('nodes', { tags: ['eks:nodegroup-name'] });
    const nodes = clusterOf('nodes', null);
    const readings = await harness.readAll([web, nodes]);
    expect(readings.get(web.id)).toMatchObject({ desired: 2 });
    expect(readings.get(nodes.id)).toMatchObject({ code: 'refused', message: expect.stringContaining('Kubernetes') });
    await expect(harness.setDesired(nodes, 3)).rejects.toMatchObject({ code: 'refused' });
    expect(harness.stub.count('SetDesiredCapacity')).toBe(0);
  });
});

describe('a change of the desired capacity', () => {
  it('does not wait for the cooldown, and is not sent twice', async () => {
    harness.stub.add('web');
    await harness.read(web);
    await harness.setDesired(web, 4);
    await harness.setDesired(web, 4);
    const sent = harness.stub.requests.filter(({ action }) => action === 'SetDesiredCapacity');
    expect(sent.map(({ parameters }) => parameters)).toMatchObject([
      { AutoScalingGroupName: 'web', DesiredCapacity: '4', HonorCooldown: 'false' },
    ]);
  });

  it('is accepted before any instance of it is listed', async () => {
    harness.stub.add('web');
    harness.stub.isPrompt = false;
    expect(await harness.setDesired(web, 5)).toMatchObject({ desired: 5, servers: { length: 2 } });
  });

  it.each([
    ['a count above MaxSize', 11, {}, /0 to 10 instances/],
    ['suspended launches', 3, { suspended: ['Launch'] }, /Launch .* suspended/],
    ['suspended terminations', 1, { suspended: ['Terminate'] }, /Terminate .* suspended/],
  ])('is not tried with %s', async (_name, count, change, message) => {
    harness.stub.add('web', change);
    await expect(harness.setDesired(web, count)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(message),
    });
    expect(harness.stub.count('SetDesiredCapacity')).toBe(0);
  });

  it('is a conflict if another writer has changed it since the last reading', async () => {
    harness.stub.add('web');
    await harness.read(web);
    harness.stub.change('web', { desired: 6 });
    await expect(harness.setDesired(web, 3)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('from 2 to 6'),
    });
    expect(harness.stub.count('SetDesiredCapacity')).toBe(0);
    await harness.read(web);
    expect((await harness.setDesired(web, 3)).desired).toBe(3);
  });

  it('succeeds when it is repeated after an answer was lost', async () => {
    harness.stub.add('web');
    await harness.read(web);
    harness.stub.fail('SetDesiredCapacity', 'lost');
    expect(await failureOf(harness.setDesired(web, 4))).toMatchObject({ code: 'unreachable' });
    expect((await harness.setDesired(web, 4)).desired).toBe(4);
    expect(harness.stub.count('SetDesiredCapacity')).toBe(1);
  });

  it.each([
    [400, 'ScalingActivityInProgress', 'conflict'],
    [500, 'ResourceContention', 'conflict'],
    [400, 'Throttling', 'throttled'],
    [503, 'ServiceUnavailable', 'unreachable'],
    [403, 'AccessDenied', 'unauthorized'],
    [400, 'ValidationError', 'refused'],
  ])('that is answered with HTTP %i, %s is %s', async (status, code, expected) => {
    harness.stub.add('web');
    harness.stub.fail('SetDesiredCapacity', { status, code });
    expect(await failureOf(harness.setDesired(web, 3))).toMatchObject({ code: expected });
  });
});

describe('credentials', () => {
  it.each([
    [400, 'ExpiredToken', /have expired \(autoscaling:DescribeAutoScalingGroups\)/],
    [403, 'InvalidClientTokenId', /does not accept the credentials .* autoscaling:DescribeAutoScalingGroups/],
    [403, 'SignatureDoesNotMatch', /does not accept the credentials/],
    [403, 'AccessDenied', /the right autoscaling:DescribeAutoScalingGroups is missing/],
  ])('that are answered with HTTP %i, %s are named without a key', async (status, code, message) => {
    const quoted = `AKIAIOSFODNN7EXAMPLE ${SECRET_KEY}`;
    harness.stub.fail('DescribeAutoScalingGroups', { status, code, message: quoted });
    const error = await failureOf(harness.read(web));
    expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringMatching(message) });
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/AKIA|wJalr/);
    expect(error.cause).toBeUndefined();
  });

  it('need the secret of their access key', async () => {
    await expect(openSession({ endpoint: harness.stub.url }, {}, harness)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('secret_access_key'),
    });
  });

  describe('of a role', () => {
    const ROLE = 'arn:aws:iam::111122223333:role/autoscaler';
    let assuming: AwsHarness;
    beforeEach(async () => {
      assuming = await AwsHarness.start({ role_arn: ROLE, external_id: 'ours' });
      assuming.stub.add('web');
    });
    afterEach(async () => assuming.close());

    it('are assumed once, with the external ID, for all that follows', async () => {
      await assuming.readAll([web, clusterOf('api')]);
      await assuming.read(web);
      const asked = assuming.stub.requests.filter(({ action }) => action === 'AssumeRole');
      expect(asked.map(({ parameters }) => parameters)).toMatchObject([{ RoleArn: ROLE, ExternalId: 'ours' }]);
      expect(asked[0]?.authorization).toContain('AKIAIOSFODNN7EXAMPLE/');
      const others = assuming.stub.requests.filter(({ action }) => action !== 'AssumeRole');
      expect(others.every(({ authorization }) => authorization.includes('ASSUMED/'))).toBe(true);
    });

    it('are renewed less than five minutes before they expire', async () => {
      assuming.stub.expiration = new Date(Date.now() + 290_000);
      await assuming.read(web);
      const first = assuming.stub.count('AssumeRole');
      await assuming.read(web);
      expect(assuming.stub.count('AssumeRole')).toBeGreaterThan(first);
    });

    it('that may not be assumed are asked for again at the next reading', async () => {
      assuming.stub.fail('AssumeRole', { status: 403, code: 'AccessDenied' }, 1);
      expect(await failureOf(assuming.read(web))).toMatchObject({
        code: 'unauthorized',
        message: expect.stringContaining('sts:AssumeRole'),
      });
      expect((await assuming.read(web)).desired).toBe(2);
    });
  });
});

describe('an answer', () => {
  it.each([
    ['of a throttled account', { status: 400, code: 'Throttling' }, 'throttled'],
    ['of a service in distress', { status: 500, code: 'InternalFailure' }, 'unreachable'],
    ['that never comes', 'reset', 'unreachable'],
    ['that cannot be parsed', 'garbage', 'invalid'],
  ] as const)('%s is an error of the group', async (_name, fault, code) => {
    harness.stub.add('web');
    harness.stub.fail('DescribeAutoScalingGroups', fault);
    expect(await failureOf(harness.read(web))).toMatchObject({ code });
  });

  it('that says "throttled" is followed by a pause of that action', async () => {
    harness.stub.add('web');
    harness.stub.fail('DescribeAutoScalingGroups', { status: 400, code: 'Throttling' }, 1);
    await failureOf(harness.read(web));
    expect(await failureOf(harness.read(web))).toMatchObject({ code: 'throttled' });
    expect(harness.stub.count('DescribeAutoScalingGroups')).toBe(1);
    harness.clock.advance(1000);
    expect((await harness.read(web)).desired).toBe(2);
  });

  it('that is slow ends with the signal of the call', async () => {
    harness.stub.add('web');
    harness.stub.fail('DescribePolicies', 'hang');
    const limit = new AbortController();
    const reading = harness.session.read([web], { signal: limit.signal });
    limit.abort();
    expect(await failureOf(reading)).toMatchObject({ code: 'unreachable' });
  });
});

describe('what else scales a group', () => {
  const POLICY = { group: 'web', name: 'cpu60', type: 'TargetTrackingScaling' };

  it.each([
    ['an enabled policy', POLICY, [], 'scaling policy cpu60'],
    ['a scheduled action', { ...POLICY, name: 'night', type: 'scheduled' }, [], 'scheduled action night'],
    [
      'a predictive policy that acts, regardless of suspended processes',
      { ...POLICY, type: 'PredictiveScaling/ForecastAndScale' },
      ['AlarmNotification', 'ScheduledActions'],
      'scaling policy cpu60',
    ],
  ])('is %s', async (_name, writer, suspended, by) => {
    harness.stub.add('web', { suspended });
    harness.stub.writers.push(writer);
    expect((await harness.read(web)).blocked).toMatchObject({ by });
    await expect(harness.setDesired(web, 3)).rejects.toMatchObject({ code: 'conflict' });
    expect(harness.stub.count('SetDesiredCapacity')).toBe(0);
  });

  it.each([
    ['a policy that only forecasts', { ...POLICY, type: 'PredictiveScaling/ForecastOnly' }, []],
    ['a disabled policy', { ...POLICY, off: true }, []],
    ['a policy whose alarms are suspended', POLICY, ['AlarmNotification']],
    ['a suspended scheduled action', { ...POLICY, type: 'scheduled' }, ['ScheduledActions']],
    ['a policy of another group', { ...POLICY, group: 'api' }, []],
  ])('is not %s', async (_name, writer, suspended) => {
    harness.stub.add('web', { suspended });
    harness.stub.writers.push(writer);
    expect((await harness.read(web)).blocked).toBeNull();
    expect((await harness.setDesired(web, 3)).desired).toBe(3);
  });

  it('is asked for once a minute, and before each change', async () => {
    harness.stub.add('web');
    await harness.read(web);
    harness.stub.writers.push(POLICY, { ...POLICY, name: 'night', type: 'scheduled' });
    harness.clock.advance(59_000);
    expect((await harness.read(web)).blocked).toBeNull();
    expect(harness.stub.count('DescribePolicies')).toBe(1);
    await expect(harness.setDesired(web, 3)).rejects.toMatchObject({ code: 'conflict' });
    harness.clock.advance(1000);
    expect((await harness.read(web)).blocked).toEqual({
      by: 'scaling policy cpu60',
      reason: 'it, with 1 more, scales the Auto Scaling group web',
      limit: { field: 'MaxSize', servers: 10 },
    });
  });

  it('is not ruled out while it cannot be read', async () => {
    harness.stub.add('web');
    harness.stub.fail('DescribePolicies', { status: 403, code: 'AccessDenied' });
    const { blocked, servers } = await harness.read(web);
    expect(servers).toHaveLength(2);
    expect(blocked).toMatchObject({ reason: expect.stringContaining('autoscaling:DescribePolicies') });
    await harness.read(web);
    expect(harness.logged).toEqual([expect.stringContaining('autoscaling:DescribePolicies')]);
    await expect(harness.setDesired(web, 3)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(harness.stub.count('SetDesiredCapacity')).toBe(0);
  });

  it('stays as it was read for ten minutes without an answer', async () => {
    harness.stub.add('web');
    await harness.read(web);
    harness.stub.fail('DescribePolicies', 'reset');
    harness.clock.advance(599_000);
    expect((await harness.read(web)).blocked).toBeNull();
    harness.clock.advance(1000);
    expect((await harness.read(web)).blocked).toMatchObject({ by: 'an unknown scaling policy' });
  });
});

describe('a test of a connection', () => {
  it('says who it is and that nothing is missing', async () => {
    expect(await harness.session.check!({ signal: unlimited() })).toEqual({
      identity: 'arn:aws:iam::123456789012:user/autoscaler',
      version: null,
      missing: [],
    });
    expect(harness.stub.groups.size).toBe(0);
  });

  it('names each right that is missing', async () => {
    for (const action of ['GetMetricData', 'DescribeScheduledActions', 'SetDesiredCapacity'])
      harness.stub.fail(action, {
        status: 403,
        code: action === 'GetMetricData' ? 'AccessDeniedException' : 'AccessDenied',
      });
    const { missing } = await harness.session.check!({ signal: unlimited() });
    expect(missing).toEqual([
      { right: 'autoscaling:DescribeScheduledActions', neededFor: 'reading' },
      { right: 'cloudwatch:GetMetricData', neededFor: 'reading' },
      { right: 'autoscaling:SetDesiredCapacity on all groups', neededFor: 'acting' },
    ]);
  });

  it('that AWS throttles delays no change of a group', async () => {
    harness.stub.add('web');
    harness.stub.fail('SetDesiredCapacity', { status: 400, code: 'Throttling' }, 1);
    expect(await failureOf(harness.session.check!({ signal: unlimited() }))).toMatchObject({ code: 'throttled' });
    await harness.read(web);
    expect(await harness.setDesired(web, 3)).toMatchObject({ desired: 3 });
  });

  it('fails with credentials that are not accepted', async () => {
    harness.stub.fail('GetCallerIdentity', { status: 403, code: 'InvalidClientTokenId' });
    expect(await failureOf(harness.session.check!({ signal: unlimited() }))).toMatchObject({ code: 'unauthorized' });
  });
});
