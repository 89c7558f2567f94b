import { describe, expect, it } from '@jest/globals';
import { type FieldSchema, fieldsOf, placeholderOf, pruned } from './schema';

const SIMULATOR: FieldSchema = {
  type: 'object',
  required: ['type', 'cluster_id'],
  properties: {
    type: { type: 'string', enum: ['simulator'] },
    simulated: { type: 'object', title: 'Simulated servers', properties: { servers: { type: 'integer', default: 3 } } },
    cluster_id: { type: 'string', examples: ['web-1'] },
    region: { type: 'string', enum: ['eu', 'us'] },
    draining: { type: 'boolean' },
    zones: { type: 'array', items: { type: 'string' } },
    weights: { type: 'array', items: { type: 'number' } },
    ca: { type: 'string', maxLength: 65_536 },
    connection: { type: 'string', 'x-connection': 'prometheus' },
    token: { anyOf: [{ type: 'string' }, { type: 'null' }], title: 'Token' },
  },
};

describe('the form of a provider', () => {
  it('has the fields of its schema, groups last', () => {
    expect(fieldsOf(SIMULATOR).map(({ name, kind, label, required }) => [name, kind, label, required])).toEqual([
      ['cluster_id', 'text', 'Cluster id', true],
      ['region', 'choice', 'Region', false],
      ['draining', 'flag', 'Draining', false],
      ['zones', 'list', 'Zones', false],
      ['weights', 'json', 'Weights', false],
      ['ca', 'lines', 'Ca', false],
      ['connection', 'connection', 'Connection', false],
      ['token', 'text', 'Token', false],
      ['simulated', 'group', 'Simulated servers', false],
    ]);
  });

  it('shows the default, or an example, in an empty field', () => {
    expect([{ default: 3 }, { examples: ['web-1'] }, {}].map(placeholderOf)).toEqual(['3', 'web-1', undefined]);
  });

  it('sends no empty fields', () => {
    expect(pruned({ type: 'simulator', url: '', simulated: { servers: '' }, zones: [], flag: false, n: 0 })).toEqual({
      type: 'simulator',
      zones: [],
      flag: false,
      n: 0,
    });
    expect(pruned({ a: { b: { c: '' } }, d: null })).toBeUndefined();
  });
});
