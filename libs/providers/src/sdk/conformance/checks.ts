import { ProviderError, type ProviderErrorCode } from '../errors.js';
import type { ProviderCluster, Reading } from '../session.js';
import type { ProviderState, Sample, Server } from '../values.js';
import type { Harness } from './conformance.js';

/** @throws Error with what is wrong */
export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const [is, must] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(is === must, `${what} must be ${must}, and is ${is}`);
}

/** @throws ProviderError where the cluster cannot be read */
export async function read(harness: Harness, cluster = harness.cluster, signal = unlimited()): Promise<Reading> {
  const reading = (await harness.session.read([cluster], { signal })).get(cluster.id);
  check(reading !== undefined, 'read must answer for every cluster that it is asked for');
  if (reading instanceof ProviderError) throw reading;
  return reading;
}

export async function readServers(harness: Harness, cluster = harness.cluster): Promise<readonly Server[]> {
  const { servers } = await read(harness, cluster);
  if (servers instanceof ProviderError) throw servers;
  check(servers !== undefined, 'a reading of a target must name servers');
  return servers;
}

export async function readSamples(harness: Harness): Promise<readonly Sample[]> {
  const { samples } = await read(harness);
  if (samples instanceof ProviderError) throw samples;
  check(samples !== undefined, 'a reading of metrics must name samples');
  return samples;
}

export async function setDesired(
  { session, cluster: first }: Harness,
  count: number,
  { cluster = first, signal = unlimited() }: { cluster?: ProviderCluster; signal?: AbortSignal } = {},
): Promise<ProviderState> {
  check(session.setDesired !== undefined, 'the session of a target must have setDesired');
  return session.setDesired(cluster, count, { signal });
}

/** @throws Error where `work` does not fail with a ProviderError of one of these codes */
export async function checkFails(
  work: Promise<unknown>,
  codes: readonly ProviderErrorCode[],
  when: string,
): Promise<ProviderError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const must = `${when} must fail with a ProviderError ${codes.join(' or ')}`;
  check(error !== undefined, `${must}, and did not fail`);
  check(
    error instanceof ProviderError,
    `${must}, and failed with ${error instanceof Error ? error.name : typeof error}`,
  );
  check(codes.includes(error.code), `${must}, and failed with ${error.code}: ${error.message}`);
  return error;
}

export function unlimited(): AbortSignal {
  return new AbortController().signal;
}
