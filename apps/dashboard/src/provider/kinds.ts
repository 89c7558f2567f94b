import type { Provider } from './queries';
import type { Value } from './schema';

type Halves = Pick<Provider, 'type' | 'schema' | 'target' | 'metrics'>;

const FIRST = ['kubernetes', 'prometheus', 'aws_asg', 'http', 'keda'];

/** Providers in the order of the page; the simulator is last, plugins come before it. */
export function inOrder<T extends Pick<Provider, 'type'>>(providers: readonly T[]): readonly T[] {
  const rank = ({ type }: T): number => {
    if (type === 'simulator') return FIRST.length + 1;
    const index = FIRST.indexOf(type);
    return index === -1 ? FIRST.length : index;
  };
  return providers.toSorted((one, other) => rank(one) - rank(other));
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
