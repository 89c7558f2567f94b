import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  PutScalingPolicyCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { clusterOf, openSession, provider, SECRET_KEY, unlimited } from '../../libs/providers/test/aws-harness.js';
import { conformanceCases, type Harness } from '../../libs/providers/src/sdk/conformance/index.js';
import type { Session } from '../../libs/providers/src/sdk/index.js';
import { eventually } from '../support/eventually.js';
import { installPython } from '../support/python.js';

const MINUTE = 60_000;
/** moto's instances are in service at once, and it keeps no lifecycle hook. */
const NOT_IN_MOTO = 'scales up to a count: at once provisioning, then active';

const clock = { now: () => Date.now() };
const sessionAt = async (endpoint: string): Promise<Session> =>
  openSession({ endpoint }, { secret_access_key: SECRET_KEY }, { clock, logged: [] });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

describe('Auto Scaling groups on the wire of moto', () => {
  let moto: ChildProcess;
  let url: string;
  let scaling: AutoScalingClient;
  let cloudWatch: CloudWatchClient;

  beforeAll(async () => {
    const programs = await installPython('moto', join('test', 'aws', 'requirements.txt'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    moto = spawn(join(programs, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    const credentials = { accessKeyId: 'tester', secretAccessKey: 'unused' };
    const client = { region: 'eu-west-1', endpoint: url, credentials };
    scaling = new AutoScalingClient(client);
    cloudWatch = new CloudWatchClient(client);
    const template = { LaunchConfigurationName: 'template', ImageId: 'ami-12345678', InstanceType: 't3.micro' };
    await eventually('moto answers', async () => scaling.send(new CreateLaunchConfigurationCommand(template as never)));
  }, 600_000);
  afterAll(async () => {
    scaling?.destroy();
    cloudWatch?.destroy();
    if (moto === undefined || moto.exitCode !== null) return;
    moto.kill();
    await once(moto, 'exit');
  });

  async function makeGroup(): Promise<string> {
    const name = `web-${randomUUID()}`;
    await scaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        LaunchConfigurationName: 'template',
        MinSize: 1,
        MaxSize: 10,
        DesiredCapacity: 2,
        AvailabilityZones: ['eu-west-1a'],
      }),
    );
    const Timestamp = new Date(Math.floor(Date.now() / (5 * MINUTE) - 1.5) * 5 * MINUTE);
    const Dimensions = [{ Name: 'AutoScalingGroupName', Value: name }];
    const MetricData = [{ MetricName: 'CPUUtilization', Dimensions, Timestamp, Value: 42 }];
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'AWS/EC2', MetricData }));
    return name;
  }

  async function start(): Promise<Harness> {
    const [name, other] = [await makeGroup(), await makeGroup()];
    const [here, away] = [await sessionAt(url), await sessionAt('http://127.0.0.1:9')];
    let session = here;
    return {
      // Other tests need moto itself.
      session: {
        read: async (...asked) => session.read(...asked),
        setDesired: async (...asked) => session.setDesired!(...asked),
        close: async () => session.close(),
      },
      cluster: clusterOf(name),
      other: clusterOf(other),
      unknown: clusterOf('none'),
      now: clock.now,
      settle: async () => undefined,
      async trouble(kind) {
        if (kind === 'unreachable') session = away;
        else await scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MaxSize: 2 }));
      },
      async close() {
        await here.close();
        await away.close();
      },
    };
  }

  describe('do what every provider must', () => {
    const cases = conformanceCases(provider, start, { without: ['hang'] });
    it.each(cases.filter(({ name }) => name !== NOT_IN_MOTO))('$name', async ({ run }) => run());
  });

  it('read their metrics from CloudWatch', async () => {
    const web = clusterOf(await makeGroup());
    const session = await sessionAt(url);
    const reading = (await session.read([web], { signal: unlimited() })).get(web.id);
    expect(reading).toMatchObject({ desired: 2, blocked: null, samples: [{ cpu: 42 }, { cpu: 42 }] });
    await session.close();
  });

  it('are only recommended for with a scaling policy, and refused with a suspended process', async () => {
    const [policed, suspended] = [await makeGroup(), await makeGroup()];
    const policy = { AutoScalingGroupName: policed, PolicyName: 'more', PolicyType: 'SimpleScaling' };
    const change = { AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 1 };
    await scaling.send(new PutScalingPolicyCommand({ ...policy, ...change }));
    await scaling.send(new SuspendProcessesCommand({ AutoScalingGroupName: suspended, ScalingProcesses: ['Launch'] }));
    const session = await sessionAt(url);
    const call = { signal: unlimited() };
    const [one, other] = [clusterOf(policed), clusterOf(suspended)];
    expect((await session.read([one], call)).get(one.id)).toMatchObject({ blocked: { by: 'scaling policy more' } });
    await expect(session.setDesired!(one, 3, call)).rejects.toMatchObject({ code: 'conflict' });
    await expect(session.setDesired!(other, 3, call)).rejects.toMatchObject({ code: 'refused' });
    await session.close();
  });
});
