import { ManualClock } from '#config/testing';
import { awsAsgProvider } from '../src/aws_asg/aws-asg.provider.js';
import { lookupAllowed } from '../src/http/forbidden-addresses.js';
import {
  type ProviderCluster,
  type ProviderContext,
  ProviderError,
  type Reading,
  type Session,
  type z,
} from '../src/sdk/index.js';
import { AwsStub } from './aws-stub.js';

export const provider = awsAsgProvider({ allowAmbient: false });
type Connection = z.input<typeof provider.connection.spec>;
type Metrics = z.input<NonNullable<typeof provider.metrics>['spec']>;
export type AsgCluster = ProviderCluster<
  { readonly group: string },
  z.output<NonNullable<typeof provider.metrics>['spec']>
>;

export const SECRET_KEY = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
/** Half past a minute, so that the last whole one is known. */
const START = Date.parse('2026-03-02T10:02:30Z');

/** A session over the wire of the stub, on a clock of the test's own. */
export class AwsHarness {
  readonly clock = new ManualClock(START);
  readonly logged: string[] = [];
  session!: Session;

  private constructor(readonly stub: AwsStub) {}

  static async start(
    connection: Partial<Connection> = {},
    secrets: Readonly<Record<string, string>> = { secret_access_key: SECRET_KEY },
  ): Promise<AwsHarness> {
    const harness = new AwsHarness(await AwsStub.start());
    harness.session = await openSession({ endpoint: harness.stub.url, ...connection }, secrets, harness);
    return harness;
  }

  async read(cluster: AsgCluster): Promise<Reading> {
    const reading = (await this.readAll([cluster])).get(cluster.id)!;
    if (reading instanceof ProviderError) throw reading;
    return reading;
  }

  async readAll(clusters: readonly AsgCluster[]): Promise<ReadonlyMap<string, Reading | ProviderError>> {
    return this.session.read(clusters, { signal: unlimited() });
  }

  async setDesired(cluster: AsgCluster, count: number): ReturnType<NonNullable<Session['setDesired']>> {
    return this.session.setDesired!(cluster, count, { signal: unlimited() });
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.stub.close();
  }
}

/** @param harness whose clock and log it uses */
export async function openSession(
  connection: Partial<Connection>,
  secrets: Readonly<Record<string, string>>,
  { clock, logged }: { readonly clock: { now(): number }; readonly logged: string[] },
): Promise<Session> {
  const log = (message: string): void => void logged.push(message);
  const context = {
    clock,
    lookup: lookupAllowed,
    logger: { info: log, warn: log, error: log },
    secrets: new Set(Object.keys(secrets)),
    secret: async (name: string) => {
      const value = secrets[name];
      if (value === undefined) throw new ProviderError('unauthorized', `the secret ${name} is not given`);
      return value;
    },
  } as Partial<ProviderContext> as ProviderContext;
  const given = { region: 'eu-west-1', access_key_id: 'AKIAIOSFODNN7EXAMPLE', ...connection };
  return provider.open(provider.connection.spec.parse(given), context);
}

export function clusterOf(group: string, metrics: Partial<Metrics> | null = {}): AsgCluster {
  const spec = metrics === null ? null : provider.metrics!.spec.parse({ group, ...metrics });
  return { id: `of ${group}`, target: { group }, metrics: spec, fence: null };
}

export function unlimited(): AbortSignal {
  return new AbortController().signal;
}
