import { describe, expect, it } from '@jest/globals';
import type { ServerState } from '#engine';
import type { ProviderState } from '#providers';
import { follow, followAsked, followDoubtful, leadTimeOf, NOTHING_TRACKED, type Tracking } from './tracking.js';

/** `seen('a b+ c-')`: a is active, b is provisioning, c is draining. */
function seen(text: string, desired: number | null = null): ProviderState {
  const servers = text.split(' ').filter(Boolean);
  const state = (mark: string): ServerState => (mark === '+' ? 'PROVISIONING' : mark === '-' ? 'DRAINING' : 'ACTIVE');
  return { servers: servers.map((word) => ({ id: word.slice(0, 1), state: state(word.slice(1)) })), desired };
}

const START = follow(NOTHING_TRACKED, seen('a b', 2), 1000).tracking;

describe('following servers', () => {
  it('takes the first poll as the reference', () => {
    const { tracking, notes } = follow(NOTHING_TRACKED, seen('a b c+'), 1000);
    expect(notes).toEqual([]);
    expect(tracking).toMatchObject({ desired: 3, askedAt: null, leadTimes: [] });
    expect(follow(tracking, seen('a b c'), 9000).tracking.leadTimes).toEqual([]);
  });

  it('takes the activation time from the provider, or else from the first poll that shows it', () => {
    const at = (activeAt: number | null): ProviderState => ({
      servers: [{ id: 'a', state: 'ACTIVE', activeAt }],
      desired: 1,
    });
    const since = (known: Tracking, state: ProviderState) => follow(known, state, 50_000).tracking.servers[0]!.activeAt;
    // At the first poll the age is unknown.
    expect(since(NOTHING_TRACKED, at(null))).toBeNull();
    expect(since(NOTHING_TRACKED, at(20_000))).toBe(20_000);
    expect(since(NOTHING_TRACKED, at(60_000))).toBeNull();
    const starting = follow(NOTHING_TRACKED, seen('a+', 1), 10_000).tracking;
    expect(since(starting, at(null))).toBe(50_000);
    expect(since(starting, at(20_000))).toBe(20_000);
    expect(since(starting, at(60_000))).toBe(50_000);
  });

  it('measures the lead time from the request to the first poll that shows the server active', () => {
    const asked = followAsked(START, 4, seen('a b c+ d+', 4), 10_000);
    expect(asked.notes).toEqual([]);
    expect(asked.tracking.servers.map(({ askedAt }) => askedAt)).toEqual([null, null, 10_000, 10_000]);
    const first = follow(asked.tracking, seen('a b c d+', 4), 70_000);
    expect(first.notes).toEqual([{ kind: 'became_active', serverId: 'c', leadTimeMs: 60_000 }]);
    const second = follow(first.tracking, seen('a b c d', 4), 130_000);
    expect(second.tracking.leadTimes).toEqual([60_000, 120_000]);
    expect(leadTimeOf(second.tracking, 130_000)).toMatchObject({ p50Ms: 60_000, p90Ms: 120_000, plannedMs: 120_000 });
  });

  it('measures servers that appear only after the response', () => {
    const asked = followAsked(START, 3, seen('a b', 3), 10_000);
    const later = follow(asked.tracking, seen('a b c', 3), 25_000);
    expect(later.notes).toEqual([{ kind: 'became_active', serverId: 'c', leadTimeMs: 15_000 }]);
  });

  const asked4 = follow(followAsked(START, 4, seen('a b c+ d+', 4), 10_000).tracking, seen('a b c d', 4), 70_000);
  const hours = 7_200_000;
  it.each([
    ['a server that another system requested', [seen('a b c d e+', 5), seen('a b c d e', 5)]],
    ['one of a provider that names no count', [seen('a b c d e+'), seen('a b c d e')]],
    ['what takes the place of a lost one at once', [seen('a b c e+', 4), seen('a b c e', 4)]],
    ['what takes its place later', [seen('a b c', 4), seen('a b c e+', 4), seen('a b c e', 4)]],
  ])('measures no lead time of %s, long after we asked for others', (_name, sights) => {
    let { tracking } = asked4;
    sights.forEach((sight, index) => {
      tracking = follow(tracking, sight, hours + index * 60_000).tracking;
      expect(leadTimeOf(tracking, hours + index * 60_000)).toMatchObject({ count: 2, plannedMs: 60_000 });
    });
  });

  const made = (id: string, state: ServerState, createdAt: number, activeAt: number | null = null) => ({
    id,
    state,
    createdAt,
    activeAt,
  });
  const with4 = (server: object): ProviderState => ({
    servers: [...seen('a b c d').servers, server as ProviderState['servers'][number]],
    desired: 4,
  });

  it('measures from the creation of a server if the provider states it, also for external requests', () => {
    const starting = follow(asked4.tracking, with4(made('e', 'PROVISIONING', hours - 5000)), hours);
    const { tracking, notes } = follow(
      starting.tracking,
      with4(made('e', 'ACTIVE', hours - 5000, hours + 15_000)),
      hours + 20_000,
    );
    expect(notes).toEqual([{ kind: 'became_active', serverId: 'e', leadTimeMs: 20_000 }]);
    expect(tracking.leadTimes.at(-1)).toBe(20_000);
  });

  it('measures no lead time of a server that existed long before it was first seen', () => {
    const old = hours - 3_600_000;
    const starting = follow(asked4.tracking, with4(made('e', 'PROVISIONING', old)), hours);
    const { notes } = follow(starting.tracking, with4(made('e', 'ACTIVE', old, hours + 5000)), hours + 10_000);
    expect(notes).toEqual([{ kind: 'became_active', serverId: 'e', leadTimeMs: null }]);
  });

  it('measures no lead time after the clock was set back', () => {
    const asked = followAsked(START, 3, seen('a b c+', 3), hours).tracking;
    const { tracking, notes } = follow(asked, seen('a b c', 3), hours - 3_600_000);
    expect(notes).toEqual([{ kind: 'became_active', serverId: 'c', leadTimeMs: null }]);
    expect(tracking.leadTimes).toEqual([]);
  });

  it("uses the provider's activation time if it lies between request and now", () => {
    const asked = followAsked(START, 3, seen('a b c+', 3), 10_000).tracking;
    const at = (activeAt: number): ProviderState => ({
      servers: [...seen('a b').servers, { id: 'c', state: 'ACTIVE', activeAt }],
      desired: 3,
    });
    expect(follow(asked, at(18_000), 30_000).tracking.leadTimes).toEqual([8000]);
    expect(follow(asked, at(1), 30_000).tracking.leadTimes).toEqual([20_000]);
    expect(follow(asked, at(99_000), 30_000).tracking.leadTimes).toEqual([20_000]);
  });

  it('measures apart what had to wait before it could start', () => {
    const asked = followAsked(START, 4, seen('a b c+ d+', 4), 10_000).tracking;
    const waiting = (state: ServerState, waitsFor: string | null): ProviderState => ({
      servers: [...seen('a b d').servers, { id: 'c', state, waitsFor }],
      desired: 4,
    });
    // Its wait is remembered, although nothing else changed, and although it is over before the server is active.
    const stuck = follow(asked, waiting('PROVISIONING', '0/3 nodes are available'), 40_000).tracking;
    const bound = follow(stuck, waiting('PROVISIONING', null), 310_000).tracking;
    const { tracking } = follow(bound, waiting('ACTIVE', null), 330_000);
    expect(tracking).toMatchObject({ leadTimes: [30_000], waited: [320_000] });
    expect(leadTimeOf(tracking, 330_000)?.plannedMs).toBe(30_000);
    const again = { ...tracking, waited: [320_000, 300_000] };
    expect(leadTimeOf(again, 330_000)).toMatchObject({ count: 2, plannedMs: 320_000 });
  });

  it('keeps a bounded window of lead times', () => {
    let tracking: Tracking = { ...START, leadTimes: Array.from({ length: 64 }, (_, index) => index) };
    tracking = followAsked(tracking, 3, seen('a b c+', 3), 0).tracking;
    tracking = follow(tracking, seen('a b c', 3), 500).tracking;
    expect(tracking.leadTimes).toHaveLength(64);
    expect(tracking.leadTimes.at(0)).toBe(1);
    expect(tracking.leadTimes.at(-1)).toBe(500);
  });

  const cases: {
    name: string;
    asked?: number;
    seen: ProviderState;
    notes: ReturnType<typeof follow>['notes'];
    desired: number;
  }[] = [
    { name: 'nothing happened', seen: seen('a b', 2), notes: [], desired: 2 },
    {
      name: 'scaled up by hand',
      seen: seen('a b c+ d+', 4),
      notes: [{ kind: 'drift', from: 2, to: 4 }],
      desired: 4,
    },
    { name: 'scaled down by hand', seen: seen('a', 1), notes: [{ kind: 'drift', from: 2, to: 1 }], desired: 1 },
    {
      name: 'scaled up by hand at a provider that names no count',
      seen: seen('a b c'),
      notes: [{ kind: 'became_active', serverId: 'c', leadTimeMs: null }],
      desired: 2,
    },
    { name: 'a server is lost', seen: seen('a', 2), notes: [{ kind: 'lost', serverIds: ['b'] }], desired: 2 },
    {
      name: 'all servers are lost',
      seen: seen('', 2),
      notes: [{ kind: 'lost', serverIds: ['a', 'b'] }],
      desired: 2,
    },
    { name: 'a server that we gave up leaves at once', asked: 1, seen: seen('a', 1), notes: [], desired: 1 },
    { name: 'a server that we gave up drains', asked: 1, seen: seen('a b-', 1), notes: [], desired: 1 },
    {
      name: 'one is given up and the other lost',
      asked: 1,
      seen: seen('', 1),
      notes: [{ kind: 'lost', serverIds: ['b'] }],
      desired: 1,
    },
    {
      name: 'a lost server is replaced by the provider',
      seen: seen('a c+', 2),
      notes: [{ kind: 'lost', serverIds: ['b'] }],
      desired: 2,
    },
  ];
  it.each(cases)('$name', ({ asked, seen: state, notes, desired }) => {
    const known = asked === undefined ? START : { ...START, desired: asked, askedAt: 2000 };
    const followed = follow(known, state, 5000);
    expect(followed.notes).toEqual(notes);
    expect(followed.tracking.desired).toBe(desired);
  });

  it.each(cases.filter(({ name }) => !name.includes('names no count')))(
    'tells once: $name',
    ({ asked, seen: state }) => {
      const known = asked === undefined ? START : { ...START, desired: asked, askedAt: 2000 };
      expect(follow(follow(known, state, 5000).tracking, state, 6000).notes).toEqual([]);
    },
  );

  describe('the reference count', () => {
    const polls = (known: Tracking, ...states: ProviderState[]): Tracking =>
      states.reduce<Tracking>(
        (tracking, state, index) => follow(tracking, state, 20_000 + 10_000 * index).tracking,
        known,
      );

    it('is what the provider states, at once', () => {
      expect(polls(START, seen('a b', 7)).desired).toBe(7);
      expect(polls(START, seen('a b', 1)).desired).toBe(1);
      expect(follow(NOTHING_TRACKED, seen('', 10), 1).tracking).toMatchObject({ desired: 10, lost: 10 });
    });

    it('is raised by a higher list in two polls in a row, and never lowered by a lower one', () => {
      expect(polls(START, seen('a b c')).desired).toBe(2);
      expect(polls(START, seen('a b c'), seen('a b')).desired).toBe(2);
      expect(polls(START, seen('a b c d'), seen('a b c')).desired).toBe(3);
      expect(polls(START, seen('a b c'), seen('a b'), seen('a b c')).desired).toBe(2);
      expect(polls(START, seen('a'), seen(''), seen('a'))).toMatchObject({ desired: 2, lost: 1 });
      expect(polls(START, seen(''), seen('a b'))).toMatchObject({ desired: 2, lost: 0 });
    });

    it('stays at the requested count when a part is granted', () => {
      const { tracking } = followAsked(START, 6, seen('a b c+'), 10_000);
      expect(tracking).toMatchObject({
        desired: 6,
        lost: 0,
        awaitedSince: 10_000,
        short: { listed: 3, since: 10_000 },
      });
      expect(polls(tracking, seen('a b c'))).toMatchObject({ desired: 6, lost: 0, awaitedSince: 10_000 });
      expect(polls(tracking, seen('a b c d e f'))).toMatchObject({ desired: 6, awaitedSince: null, short: null });
    });

    it('follows a removal as far as it is carried out, late or partially', () => {
      const three = follow(NOTHING_TRACKED, seen('a b c'), 1000).tracking;
      const late = followAsked(three, 1, seen('a b c'), 10_000).tracking;
      expect(late.desired).toBe(3);
      const half = polls(late, seen('a b'));
      expect(half).toMatchObject({ desired: 2, lost: 0 });
      expect(polls(half, seen('a'))).toMatchObject({ desired: 1, lost: 0, removing: null });
      expect(polls(half, seen(''))).toMatchObject({ desired: 1, lost: 1 });
    });

    it('counts a server that is listed twice once, and holds through a rolling deployment', () => {
      expect(polls(START, seen('a b b a'))).toMatchObject({ desired: 2, higher: null });
      const rolled = polls(START, seen('a b c d'), seen('c d'));
      expect(rolled).toMatchObject({ desired: 2, lost: 0 });
    });

    it('restarts the time of a short list when its length changes', () => {
      const ten = follow(NOTHING_TRACKED, seen('a b c d'), 1000).tracking;
      const lost = polls(ten, seen('a b'));
      const again = followAsked(lost, 4, seen('a b'), 30_000).tracking;
      expect(again.short).toEqual({ listed: 2, since: 30_000 });
      expect(follow(again, seen('a b'), 60_000).tracking.short).toEqual({ listed: 2, since: 30_000 });
      expect(followAsked(again, 4, seen('a b'), 70_000).tracking.short).toEqual({ listed: 2, since: 30_000 });
      expect(follow(again, seen('a'), 60_000).tracking.short).toEqual({ listed: 1, since: 60_000 });
    });

    it('distinguishes a contest from a single external change', () => {
      let tracking = START;
      const reset = (at: number): number => {
        tracking = followAsked(tracking, 5, seen('a b c d e', 5), at).tracking;
        tracking = follow(tracking, seen('a b', 2), at + 1000).tracking;
        return tracking.contest?.changes ?? 0;
      };
      expect(reset(10_000)).toBe(1);
      expect(reset(20_000)).toBe(2);
      for (let poll = 0; poll < 5; poll += 1) tracking = follow(tracking, seen('a b', 2), 30_000 + poll).tracking;
      expect(tracking.contest).toBeNull();
    });

    it('is not raised while it is unknown whether the provider got the request', () => {
      const unheard = followDoubtful(START, 6, seen('a b'), 10_000);
      expect(unheard).toMatchObject({ desired: 2, asked: 6 });
      expect(followDoubtful(START, 6, seen('a b c+'), 10_000)).toMatchObject({ desired: 6, asked: 6 });
      expect(followDoubtful(START, 6, seen('a b', 6), 10_000)).toMatchObject({ desired: 6 });
      const removal = followDoubtful(START, 1, seen('a b'), 10_000);
      expect(polls(removal, seen('a'))).toMatchObject({ desired: 1, lost: 0 });
    });
  });

  it('follows a draining server until it is gone', () => {
    const draining = followAsked(START, 1, seen('a b-', 1), 2000).tracking;
    expect(follow(draining, seen('a', 1), 3000).notes).toEqual([{ kind: 'terminated', serverId: 'b' }]);
  });

  it('does not report a partial grant as drift', () => {
    const asked = followAsked(START, 6, seen('a b c+', 3), 2000);
    expect(asked.notes).toEqual([]);
    expect(follow(asked.tracking, seen('a b c+', 3), 3000).notes).toEqual([]);
  });

  it('returns the same object while nothing changes', () => {
    expect(follow(START, seen('a b', 2), 9000).tracking).toBe(START);
    expect(follow(START, seen('a b'), 9000).tracking).toBe(START);
    expect(follow(START, seen('a b+', 2), 9000).tracking).not.toBe(START);
  });

  it('survives serialization', () => {
    const { tracking } = followAsked(START, 4, seen('a b c+ d+', 4), 10_000);
    const stored = JSON.parse(JSON.stringify(tracking)) as Tracking;
    expect(stored).toEqual(tracking);
  });
});
