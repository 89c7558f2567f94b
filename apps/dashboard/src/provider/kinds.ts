import type { Provider } from './queries';
import type { Value } from './schema';

type Halves = Pick<Provider, 'type' | 'schema' | 'target' | 'metrics'>;

/** What a new cluster can be made of, in the order of the page. */
const ABOUT: Readonly<Record<string, string>> = {
  kubernetes: 'Pods of a Deployment, StatefulSet or another workload that can be scaled, with their CPU and memory.',
  prometheus: 'Metrics from queries of your Prometheus. The servers themselves are at another provider.',
  aws_asg: 'Instances of an Auto Scaling group, with metrics from CloudWatch.',
  http: 'Servers of any other system, behind a small HTTP adapter that you write.',
  keda: 'Workloads that KEDA scales: the service computes the count, and KEDA sets it.',
  simulator: 'Servers that exist only here, to try a policy. You can start load spikes and crash servers.',
};
const OF_A_PLUGIN = 'A plugin of this installation.';
const KNOWN = Object.keys(ABOUT);

/** Providers in the order of the page; the simulator is last, plugins come before it. */
export function inOrder<T extends Pick<Provider, 'type'>>(providers: readonly T[]): readonly T[] {
  const rank = ({ type }: T): number => {
    if (type === 'simulator') return KNOWN.length + 1;
    const index = KNOWN.indexOf(type);
    return index === -1 ? KNOWN.length : index;
  };
  return providers.toSorted((one, other) => rank(one) - rank(other));
}

/** One sentence for the reader who has to choose. */
export function aboutProvider(type: string): string {
  return ABOUT[type] ?? OF_A_PLUGIN;
}

/** The first value of the form of a provider; one with only servers or only metrics gets another one for the rest. */
export function firstProvider(type: string, providers: readonly Halves[]): Value {
  if (type === 'simulator') return { type, simulated: { servers: 3, base_cpu: 50 } };
  const provider = providers.find((one) => one.type === type);
  if (provider === undefined || provider.schema !== null) return { type };
  const other = (half: 'target' | 'metrics'): Value => {
    const found = inOrder(providers).find((one) => one.type !== type && one[half] !== null && one.schema !== null);
    return found === undefined ? {} : { type: found.type };
  };
  return provider.target === null
    ? { target: other('target'), metrics: { type } }
    : { target: { type }, metrics: other('metrics') };
}

/** Whether the servers exist only in the simulator. */
export function isSimulated(provider: Value): boolean {
  return targetOf(provider)['type'] === 'simulator';
}

/** The stored connection that servers are added and removed over; `null`: none. */
export function targetConnection(provider: Value): string | null {
  const { connection } = targetOf(provider);
  return typeof connection === 'string' ? connection : null;
}

function targetOf(provider: Value): Value {
  const target = 'type' in provider ? provider : provider['target'];
  return typeof target === 'object' && target !== null ? (target as Value) : {};
}
