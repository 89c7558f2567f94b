import { describe, expect, it } from '@jest/globals';
import { type AlertedCluster, actionsOf } from './actions';

const CLUSTER: AlertedCluster = { provider: { type: 'kubernetes', connection: 'prod' }, policy: { mode: 'act' } };

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

  it('raise and hold nothing where another system scales the servers', () => {
    const watched: AlertedCluster = { ...CLUSTER, policy: { mode: 'recommend' } };
    const data = { needed: 7, allowed: 4, need: 'known', only_recommends: true };
    expect(actionsOf(active('unmet_demand', { ...data, their_limit: 4 }), watched)).toEqual([]);
    expect(actionsOf(active('unmet_demand', { ...data, their_limit: 20 }), watched)).toEqual([{ kind: 'bounds' }]);
    expect(actionsOf(active('unmet_demand', { ...data, their_limit: null }), watched)).toEqual([{ kind: 'bounds' }]);
    const bounded = { ...data, only_recommends: false, their_limit: 4 };
    expect(actionsOf(active('unmet_demand', bounded), CLUSTER)).toEqual([]);
    expect(actionsOf(active('saturated'), watched)).toEqual([]);
    expect(actionsOf(active('saturated'), CLUSTER)).toEqual([{ kind: 'hold' }]);
  });

  it('open the bounds where the count is not known', () => {
    expect(actionsOf(active('unmet_demand'), CLUSTER)).toEqual([{ kind: 'bounds' }, { kind: 'hold' }]);
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
    expect(first('no_capacity')).toEqual({ kind: 'hold' });
    expect(first(null)).toEqual({ kind: 'hold' });
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
