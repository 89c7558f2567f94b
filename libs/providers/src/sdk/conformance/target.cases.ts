import { isRefusal, ProviderError } from '../errors.js';
import type { TargetCapabilities } from '../provider.js';
import { countServers } from '../values.js';
import { check, checkEqual, checkFails, read, readServers, setDesired } from './checks.js';
import type { Check, Harness } from './conformance.js';

/** What a target must do. */
export function targetCases({ fencing, statesDesired, partial }: TargetCapabilities): readonly Check[] {
  return [
    ['reads what stands there, and reading changes nothing', checksReading],
    ['scales up to a count: at once provisioning, then active', checksUp],
    ['scales down to a count', checksDown],
    ['adds no servers when the same count is requested again', checksTwice],
    ['keeps the names of servers that stay', checksNames],
    ['refuses with a reason and changes nothing', checksRefusal, 'refuse'],
    ['fails to scale while there is no answer', checksUnreachable, 'unreachable'],
    ['ends scaling when its signal is aborted', checksAbort, 'hang'],
    statesDesired ? ['states the count that it is heading for', checksStated] : ['states no count', checksUnstated],
    ...(partial ? ([['shows by its servers that only a part was granted', checksPartial, 'partial']] as const) : []),
    ...(fencing
      ? ([['refuses who was replaced, even where the successor has only read', checksFencing]] as const)
      : []),
  ];
}

async function counts(harness: Harness): Promise<ReturnType<typeof countServers>> {
  return countServers(await readServers(harness));
}

const checksReading: Check[1] = async (harness) => {
  const first = await readServers(harness);
  checkEqual(countServers(first), { active: 2, provisioning: 0, draining: 0, total: 2 }, 'the servers of the cluster');
  check(new Set(first.map(({ id }) => id)).size === 2, 'servers must have ids of their own');
  checkEqual(await readServers(harness), first, 'a second reading');
};

const checksUp: Check[1] = async (harness) => {
  const { active, total } = countServers((await setDesired(harness, 5)).servers);
  checkEqual([active, total], [2, 5], 'active and all servers right after setDesired(5)');
  await harness.settle();
  const settled = await counts(harness);
  checkEqual([settled.active, settled.provisioning], [5, 0], 'active and provisioning servers a while later');
};

const checksDown: Check[1] = async (harness) => {
  checkEqual(countServers((await setDesired(harness, 1)).servers).total, 1, 'the count right after setDesired(1)');
  await harness.settle();
  checkEqual(await counts(harness), { active: 1, provisioning: 0, draining: 0, total: 1 }, 'the servers a while later');
};

const checksTwice: Check[1] = async (harness) => {
  const first = await setDesired(harness, 4);
  const second = await setDesired(harness, 4);
  checkEqual(idsOf(second.servers), idsOf(first.servers), 'the servers after the same count was requested again');
};

const checksNames: Check[1] = async (harness) => {
  const before = idsOf(await readServers(harness));
  const after = new Set(idsOf((await setDesired(harness, 3)).servers));
  check(
    before.every((id) => after.has(id)),
    'servers that stay must keep their ids',
  );
};

const checksRefusal: Check[1] = async (harness) => {
  await harness.trouble('refuse');
  const error = await checkFails(
    setDesired(harness, 6),
    ['no_capacity', 'refused', 'conflict', 'unauthorized'],
    'setDesired',
  );
  check(isRefusal(error) && error.message.length > 0, 'a refusal must say why');
  checkEqual((await counts(harness)).total, 2, 'the count after a refusal');
};

const checksUnreachable: Check[1] = async (harness) => {
  await harness.trouble('unreachable');
  await checkFails(setDesired(harness, 3), ['unreachable'], 'setDesired');
};

const checksAbort: Check[1] = async (harness) => {
  await harness.trouble('hang');
  const limit = new AbortController();
  const scaling = checkFails(
    setDesired(harness, 3, { signal: limit.signal }),
    ['unreachable'],
    'setDesired that is aborted',
  );
  limit.abort();
  await scaling;
};

const checksStated: Check[1] = async (harness) => {
  checkEqual((await read(harness)).desired, 2, 'the stated count');
  checkEqual((await setDesired(harness, 4)).desired, 4, 'the stated count right after setDesired(4)');
  checkEqual((await read(harness)).desired, 4, 'the stated count at the next reading');
};

const checksUnstated: Check[1] = async (harness) => {
  checkEqual((await setDesired(harness, 3)).desired, null, 'the stated count');
  checkEqual((await read(harness)).desired ?? null, null, 'the stated count of a reading');
};

const checksPartial: Check[1] = async (harness) => {
  await harness.trouble('partial');
  checkEqual(countServers((await setDesired(harness, 6)).servers).total, 3, 'the count where one more is granted');
};

const checksFencing: Check[1] = async (harness) => {
  const [held, replaced] = [
    { ...harness.cluster, fence: 6 },
    { ...harness.cluster, fence: 5 },
  ];
  await setDesired(harness, 3, { cluster: replaced });
  await read(harness, held);
  await checkFails(setDesired(harness, 4, { cluster: replaced }), ['fenced'], 'setDesired under an older fence');
  await checkFails(read(harness, replaced), ['fenced'], 'reading under an older fence');
  const { servers } = await read(harness, held);
  if (servers === undefined || servers instanceof ProviderError) throw servers ?? new Error('no servers');
  checkEqual(countServers(servers).total, 3, 'the count after a fenced request');
  const answer = await setDesired(harness, 4, { cluster: held });
  checkEqual(countServers(answer.servers).total, 4, 'the count that the successor asked for');
};

function idsOf(servers: readonly { readonly id: string }[]): readonly string[] {
  return servers.map(({ id }) => id);
}
