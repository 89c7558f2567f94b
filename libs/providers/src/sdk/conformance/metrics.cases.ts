import { check, checkEqual, read, readSamples, readServers } from './checks.js';
import type { Check } from './conformance.js';

/** What a source of metrics must do. */
export function metricsCases({ totals }: { readonly totals: boolean }, isTarget: boolean): readonly Check[] {
  return [
    ['has one sample of each active server', checksServers],
    ['states percent, requests per second and the time, and null where it does not know', checksValues],
    ...(isTarget ? ([['names servers in samples as its target does', checksNames]] as const) : []),
    ...(totals ? ([['counts totals over a window', checksTotals]] as const) : []),
  ];
}

const checksServers: Check[1] = async (harness) => {
  const ids = (await readSamples(harness)).map(({ serverId }) => serverId);
  checkEqual(ids.length, 2, 'the number of samples of two active servers');
  checkEqual(new Set(ids).size, 2, 'the number of servers that they are of');
  checkEqual(
    (await readSamples(harness)).map(({ serverId }) => serverId).sort(),
    ids.sort(),
    'the servers at the next reading',
  );
};

const checksValues: Check[1] = async (harness) => {
  for (const { at, cpu, memory, requestRate } of await readSamples(harness)) {
    check(at <= harness.now() && at > harness.now() - 600_000, `the time of a sample must be of late, and is ${at}`);
    for (const [name, value] of Object.entries({ cpu, memory, requestRate })) {
      check(value === null || (Number.isFinite(value) && value >= 0), `${name} must be a number from 0 on, or null`);
    }
    // A share of 1 instead of percent would be below.
    check(cpu === null || cpu > 1, `cpu must be in percent of a busy server, and is ${cpu}`);
  }
};

const checksNames: Check[1] = async (harness) => {
  const active = (await readServers(harness)).filter(({ state }) => state === 'ACTIVE').map(({ id }) => id);
  const sampled = (await readSamples(harness)).map(({ serverId }) => serverId);
  checkEqual(sampled.sort(), active.sort(), 'the servers with samples');
};

const checksTotals: Check[1] = async (harness) => {
  const { totals } = await read(harness);
  check(totals !== undefined && totals !== null, 'a source with totals must state them');
  check(totals.from < totals.to && totals.to <= harness.now(), 'totals must be of a window that is over');
  for (const [name, value] of Object.entries({ ...totals, from: null, to: null })) {
    check(
      value === null || (Number.isFinite(value) && value >= 0),
      `${name} must be a count, or null where it is unknown`,
    );
  }
};
