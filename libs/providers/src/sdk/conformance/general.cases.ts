import { ProviderError } from '../errors.js';
import { check, checkEqual, checkFails, read, unlimited } from './checks.js';
import { NEEDED_FOR } from '../session.js';
import type { Check } from './conformance.js';

const AT_ONCE = 20;

/** What holds for targets and sources alike. */
export function generalCases(batching: boolean): readonly Check[] {
  return [
    ['says when what it read was so', checksTime],
    ['says that it does not know a cluster', checksUnknown],
    ['fails as unreachable while there is no answer', checksUnreachable, 'unreachable'],
    ['ends when its signal is aborted', checksAbort, 'hang'],
    ['begins nothing for an aborted signal', checksAborted, 'hang'],
    ['makes a cluster that it does not know, if it makes any', checksEnsure],
    ['reports what a test of its connection finds, if it tests any', checksReport],
    ['fails a test of its connection while there is no answer', checksReportUnreachable, 'unreachable'],
    batching ? ['reads many clusters with one call', checksBatch] : ['reads many at a time', checksConcurrent],
  ];
}

const checksTime: Check[1] = async (harness) => {
  const before = harness.now();
  const { at } = await read(harness);
  check(at >= before - 60_000 && at <= harness.now(), `"at" must be about now in milliseconds, and is ${at}`);
};

const checksUnknown: Check[1] = async (harness) => {
  await checkFails(read(harness, harness.unknown), ['not_found'], 'reading a cluster that is not there');
};

const checksUnreachable: Check[1] = async (harness) => {
  await harness.trouble('unreachable');
  await checkFails(read(harness), ['unreachable'], 'reading');
};

const checksAbort: Check[1] = async (harness) => {
  await harness.trouble('hang');
  const limit = new AbortController();
  const reading = checkFails(read(harness, harness.cluster, limit.signal), ['unreachable'], 'a read that is aborted');
  limit.abort();
  await reading;
};

const checksAborted: Check[1] = async (harness) => {
  await harness.trouble('hang');
  await checkFails(read(harness, harness.cluster, AbortSignal.abort()), ['unreachable'], 'a read that is aborted');
};

const checksEnsure: Check[1] = async (harness) => {
  const { session, makeable, unknown } = harness;
  if (session.ensure === undefined) return;
  check(makeable !== undefined, 'the harness of a session with ensure must name a cluster that can be made');
  const call = { signal: unlimited() };
  await checkFails(read(harness, makeable), ['not_found'], 'reading a cluster that is not made');
  await session.ensure(makeable, call);
  await read(harness, makeable);
  await session.ensure(makeable, call);
  await checkFails(session.ensure(unknown, call), ['not_found'], 'making a cluster without a description');
};

const checksReport: Check[1] = async (harness) => {
  const { session } = harness;
  if (session.check === undefined) return;
  const before = await read(harness);
  const { identity, version, missing } = await session.check({ signal: unlimited() });
  for (const [name, value] of Object.entries({ identity, version }))
    check(value === null || (typeof value === 'string' && value !== ''), `${name} must be a text, or null`);
  for (const { right, neededFor } of missing)
    check(right !== '' && NEEDED_FOR.includes(neededFor), 'a missing right must say what it is needed for');
  const { servers } = await read(harness);
  checkEqual(servers, before.servers, 'the servers after a test of the connection');
};

const checksReportUnreachable: Check[1] = async (harness) => {
  const { session } = harness;
  if (session.check === undefined) return;
  await harness.trouble('unreachable');
  await checkFails(session.check({ signal: unlimited() }), ['unreachable'], 'a test of the connection');
};

const checksBatch: Check[1] = async ({ session, cluster, other, unknown }) => {
  check(other !== undefined, 'the harness of a batching provider must name another cluster');
  const readings = await session.read([cluster, other, unknown], { signal: unlimited() });
  for (const { id } of [cluster, other]) {
    const reading = readings.get(id);
    check(
      reading !== undefined && !(reading instanceof ProviderError),
      `the reading of ${id} must come with the others`,
    );
  }
  const missing = readings.get(unknown.id);
  check(missing instanceof ProviderError, 'an unknown cluster must be an error in the answer');
  checkEqual(missing.code, 'not_found', 'the error of an unknown cluster');
};

const checksConcurrent: Check[1] = async (harness) => {
  await Promise.all(Array.from({ length: AT_ONCE }, async () => read(harness)));
};
