import { describe, expect, it } from '@jest/globals';
import { configOf } from '#config';
import { ProviderError } from '#providers';
import type { Decided } from '../loop/stages.js';
import { OutageGuard } from './outage-guard.js';

const NOW = 1_000_000_000;
const MINUTE_MS = 60_000;
const FENCE = { partition: 1, token: 7 };
const CLUSTER = { id: '01000000-0000-4000-8000-000000000001', provider: { type: 'kubernetes' } };

interface Case {
  readonly tick?: object;
  readonly decision?: object;
  readonly knownAt?: number | null;
  readonly held?: object | null | undefined;
  readonly confirmedAgoMs?: number;
  readonly guards?: boolean;
  readonly limit?: string;
}

function allows({ tick, decision, guards = true, confirmedAgoMs = 0, limit = '15m', ...rest }: Case): boolean {
  const knownAt = rest.knownAt === undefined ? NOW - MINUTE_MS : rest.knownAt;
  const held = 'held' in rest ? rest.held : FENCE;
  const guard = new OutageGuard(
    { fenceOf: () => held as never, isConfirmed: (ageMs) => confirmedAgoMs <= ageMs },
    { guardsCount: () => guards },
    { now: () => NOW },
    configOf({ 'scaler.journal_limit': limit }),
  );
  const decided = {
    cluster: CLUSTER,
    fence: FENCE,
    provider: { servers: [], desired: 4 },
    memory: { tracking: { servers: [] } },
    decision: { action: 'SCALE_UP', reference: 4, current: 4, listed: 4, desired: 6, ...decision },
    ...tick,
  } as unknown as Decided;
  return guard.allows(decided, { knownAt });
}

describe('without the database', () => {
  it.each<[string, Case]>([
    ['an addition', {}],
    ['lost servers that are requested again', { decision: { listed: 3, desired: 4 } }],
    ['a provider that states no count', { tick: { provider: { servers: [], desired: null } } }],
    ['the last moment of the limit', { knownAt: NOW - 15 * MINUTE_MS }],
    ['a single instance on the embedded database', { tick: { fence: null }, held: null }],
  ])('is allowed: %s', (_what, given) => {
    expect(allows(given)).toBe(true);
  });

  it.each<[string, Case]>([
    ['a removal', { decision: { action: 'SCALE_DOWN', desired: 3 } }],
    ['a count below that of the provider', { tick: { provider: { servers: [], desired: 7 } } }],
    ['a count below the reference', { decision: { reference: 7 } }],
    ['a count below the listed servers', { decision: { listed: 7 } }],
    ['an unknown state of the provider', { tick: { provider: new ProviderError('unreachable', 'no answer') } }],
    ['definitions older than the limit', { knownAt: NOW - 15 * MINUTE_MS - 1 }],
    ['definitions from the future, as after a clock was set back', { knownAt: NOW + 1 }],
    ['definitions that were never read', { knownAt: null }],
    ['a cluster whose partition was lost', { held: undefined }],
    ['a cluster whose partition was taken again', { held: { partition: 1, token: 8 } }],
    ['a lease that another instance may have taken', { confirmedAgoMs: Number.POSITIVE_INFINITY }],
    ['a lease whose last confirmation is older than the limit', { confirmedAgoMs: 15 * MINUTE_MS + 1 }],
    ['a provider that guards no count', { guards: false }],
    ['anything with scaler.journal_limit 0', { limit: '0', knownAt: NOW - 1 }],
  ])('is not allowed: %s', (_what, given) => {
    expect(allows(given)).toBe(false);
  });
});
