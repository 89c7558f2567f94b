import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsStub } from '../libs/providers/test/aws-stub.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

const MINUTE = 60_000;
const CONNECTION = {
  name: 'prod',
  type: 'aws',
  spec: { region: 'eu-west-1', access_key_id: 'AKIAIOSFODNN7EXAMPLE' },
  secrets: { secret_access_key: 'a key that only this test uses' },
};

describe('a cluster that is an Auto Scaling group', () => {
  let stub: AwsStub;
  let system: System;
  let ada: ApiClient;

  beforeAll(async () => {
    stub = await AwsStub.start();
    for (const name of ['web', 'api']) stub.add(name);
    stub.series = () => ({ points: { [Math.floor(Date.now() / MINUTE - 2) * MINUTE]: 95 } });
    stub.writers.push({ group: 'api', name: 'cpu60', type: 'TargetTrackingScaling' });
    system = await startSystem({ env: { AUTOSCALER_COLLECTOR_ALLOWED_URLS: stub.url } });
    ada = await ApiClient.register(system.urls.api, 'ada');
  });
  afterAll(async () => {
    await system?.stop();
    await stub?.close();
  });

  function clusterOf(group: string): object {
    const provider = { type: 'aws_asg', connection: 'prod', group, detailed: true };
    const policy = { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } };
    return { name: group, min_servers: 1, max_servers: 10, config: { interval: '200ms' }, policy, provider };
  }

  it('needs credentials of the user, and an endpoint that is allowed', async () => {
    const refused = async (spec: object): Promise<unknown> =>
      (await ada.post('/connections', { ...CONNECTION, spec })).body;
    expect(await refused({ region: 'eu-west-1' })).toMatchObject({ details: [{ field: 'spec.access_key_id' }] });
    const metadata = { ...CONNECTION.spec, endpoint: 'http://169.254.169.254' };
    expect(await refused(metadata)).toMatchObject({ details: [{ error: expect.stringContaining('metadata') }] });
  });

  it('is scaled by a stored connection, after a test of it', async () => {
    const spec = { ...CONNECTION.spec, endpoint: stub.url };
    expect(await ada.post('/connections', { ...CONNECTION, spec })).toMatchObject({
      status: 201,
      body: { spec: { external_id: expect.stringMatching(/^[0-9a-f-]{36}$/) }, secrets: ['secret_access_key'] },
    });
    expect(await ada.post('/connections/prod/test', {})).toMatchObject({
      body: { reachable: true, identity: 'arn:aws:iam::123456789012:user/autoscaler', missing: [] },
    });
    expect(await ada.post('/clusters', clusterOf('web'))).toMatchObject({ status: 201 });
    await eventually('two instances at 95 % become four', () => stub.groups.get('web')?.desired === 4);
    const keys = stub.requests.map(({ authorization }) => authorization);
    expect(keys.every((key) => key.includes('AKIAIOSFODNN7EXAMPLE/'))).toBe(true);
  });

  it('is only recommended for while a scaling policy of the group is enabled', async () => {
    const { id } = (await ada.post<{ id: string }>('/clusters', clusterOf('api'))).body;
    const decision = await eventually('a recommendation', async () => {
      const { body } = await ada.get<{ decisions: { desired: number; mode: string }[] }>(`/clusters/${id}/decisions`);
      return body.decisions.find(({ desired }) => desired === 4);
    });
    expect(decision).toMatchObject({ mode: 'recommend' });
    expect(stub.groups.get('api')?.desired).toBe(2);
  });
});
