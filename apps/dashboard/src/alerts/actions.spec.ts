import { describe, expect, it } from '@jest/globals';
import { actionsOf } from './actions';

const active = (code: string, data?: Record<string, unknown>) => ({
  code,
  until: null,
  ...(data === undefined ? {} : { data }),
});

describe('the actions of an alert', () => {
  it('raise the limit to the count that is needed', () => {
    expect(actionsOf(active('unmet_demand', { needed: 15.2, allowed: 4 }))).toEqual([
      { kind: 'raise', to: 16 },
      { kind: 'hold' },
    ]);
  });

  it('open the bounds where the count is not known', () => {
    expect(actionsOf(active('unmet_demand'))).toEqual([{ kind: 'bounds' }, { kind: 'hold' }]);
  });

  it('undo a large change only while it is the last one', () => {
    expect(actionsOf(active('large_change', { undoable: true }))).toEqual([{ kind: 'undo' }]);
    expect(actionsOf(active('large_change', { undoable: false }))).toEqual([]);
  });

  it('are none for an alert that is over, or where waiting is right', () => {
    expect(actionsOf({ ...active('unmet_demand', { needed: 5 }), until: '2026-01-05T12:00:00Z' })).toEqual([]);
    expect(actionsOf(active('forecast_demoted'))).toEqual([]);
  });
});
