import { describe, expect, it } from '@jest/globals';
import { type AlertedCluster, actionsOf } from './actions';

const CLUSTER: AlertedCluster = { provider: { type: 'kubernetes', connection: 'prod' }, max_servers: 4 };

const active = (code: string, data?: Record<string, unknown>) => ({
  code,
  until: null,
  ...(data === undefined ? {} : { data }),
});

describe('the actions of an alert', () => {
  it('raise the limit to the count that is needed', () => {
    expect(actionsOf(active('unmet_demand', { needed: 15.2, allowed: 4, need: 'known' }), CLUSTER)).toEqual([
      { kind: 'raise', to: 16, sure: true },
      { kind: 'hold' },
    ]);
  });

  it('are not sure of the count while full servers hide what is needed', () => {
    const [raise] = actionsOf(active('unmet_demand', { needed: 7, allowed: 4, need: 'at_least' }), CLUSTER);
    expect(raise).toEqual({ kind: 'raise', to: 7, sure: false });
  });

  it('raise nothing where another system scales the servers', () => {
    const data = { needed: 7, allowed: 4, need: 'known', only_recommends: true };
    expect(actionsOf(active('unmet_demand', { ...data, their_limit: 4 }), CLUSTER)).toEqual([]);
    expect(actionsOf(active('unmet_demand', { ...data, their_limit: 20 }), CLUSTER)).toEqual([{ kind: 'bounds' }]);
    expect(actionsOf(active('unmet_demand', { ...data, their_limit: null }), CLUSTER)).toEqual([{ kind: 'bounds' }]);
    const bounded = { ...data, only_recommends: false, their_limit: 4 };
    expect(actionsOf(active('unmet_demand', bounded), CLUSTER)).toEqual([]);
  });

  it('open the bounds where they may be what keeps servers too few', () => {
    expect(actionsOf(active('unmet_demand'), CLUSTER)).toEqual([{ kind: 'bounds' }, { kind: 'hold' }]);
    expect(actionsOf(active('stranded_at_zero'), CLUSTER)).toEqual([{ kind: 'bounds' }]);
    expect(actionsOf(active('saturated', { full: 4, active: 4 }), CLUSTER)).toEqual([{ kind: 'bounds' }]);
    expect(actionsOf(active('saturated', { full: 3, active: 3 }), CLUSTER)).toEqual([]);
  });

  it.each([null, 'no_capacity', 'unauthorized'])(
    'never keep the count while more servers are refused: %s',
    (refusal) => {
      const refused = { action: 'SCALE_UP', desired: 40, servers_before: 10, refusal };
      const kinds = actionsOf(active('scaling_failed', refused), CLUSTER).map(({ kind }) => kind);
      expect(kinds).toEqual(refusal === 'unauthorized' ? ['connection'] : []);
    },
  );

  it('pause a cluster whose servers cannot be removed', () => {
    const refused = { action: 'SCALE_DOWN', desired: 10, servers_before: 40, refusal: null };
    expect(actionsOf(active('scaling_failed', refused), CLUSTER)).toEqual([{ kind: 'pause' }]);
  });

  it('undo a large change only while it is the last one', () => {
    expect(actionsOf(active('large_change', { undoable: true }), CLUSTER)).toEqual([{ kind: 'undo' }]);
    expect(actionsOf(active('large_change', { undoable: false }), CLUSTER)).toEqual([]);
  });

  it('lead to what a refusal comes from, where that is in this service', () => {
    const first = (refusal: string | null, provider: AlertedCluster['provider'] = CLUSTER.provider) =>
      actionsOf(active('scaling_failed', { refusal }), { ...CLUSTER, provider })[0];
    expect(first('unauthorized')).toEqual({ kind: 'connection', name: 'prod' });
    expect(first('unauthorized', { target: { type: 'aws_asg', region: 'eu-west-1' }, metrics: {} })).toEqual({
      kind: 'provider',
    });
    expect(first('not_found')).toEqual({ kind: 'provider' });
    expect(actionsOf(active('provider_unreachable'), CLUSTER)).toEqual([
      { kind: 'connection', name: 'prod' },
      { kind: 'provider' },
    ]);
  });

  it('are none for an alert that is over, or where waiting is right', () => {
    expect(actionsOf({ ...active('unmet_demand', { needed: 5 }), until: '2026-01-05T12:00:00Z' }, CLUSTER)).toEqual([]);
    expect(actionsOf(active('forecast_demoted'), CLUSTER)).toEqual([]);
  });
});
