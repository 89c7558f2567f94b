import { describe, expect, it } from '@jest/globals';
import { firstProvider, inOrder, isSimulated, targetConnection } from './kinds';

const FIELDS = { type: 'object' };
const target = { schema: FIELDS } as never;
const metrics = { schema: FIELDS } as never;
const PROVIDERS = [
  { type: 'simulator', schema: FIELDS, target, metrics },
  { type: 'keda', schema: null, target, metrics: null },
  { type: 'state_file', schema: FIELDS, target, metrics },
  { type: 'prometheus', schema: null, target: null, metrics },
  { type: 'kubernetes', schema: FIELDS, target, metrics },
];

describe('the kinds of clusters', () => {
  it('begin with real servers and end with the simulator, after plugins', () => {
    expect(inOrder(PROVIDERS).map(({ type }) => type)).toEqual([
      'kubernetes',
      'prometheus',
      'keda',
      'state_file',
      'simulator',
    ]);
  });

  it.each([
    ['simulator', { type: 'simulator', simulated: { servers: 3, base_cpu: 50 } }],
    ['kubernetes', { type: 'kubernetes' }],
    ['prometheus', { target: { type: 'kubernetes' }, metrics: { type: 'prometheus' } }],
    ['keda', { target: { type: 'keda' }, metrics: { type: 'kubernetes' } }],
    ['gone', { type: 'gone' }],
  ])('the form of %s begins with its halves', (type, expected) => {
    expect(firstProvider(type, PROVIDERS)).toEqual(expected);
  });

  it('never begin with simulated servers unless they were chosen', () => {
    const forms = PROVIDERS.map(({ type }) => [type, isSimulated(firstProvider(type, PROVIDERS))]);
    expect(forms.filter(([, simulated]) => simulated)).toEqual([['simulator', true]]);
  });

  it('are simulated if their servers are, not their metrics', () => {
    expect(isSimulated({ target: { type: 'simulator' }, metrics: { type: 'prometheus' } })).toBe(true);
    expect(isSimulated({ target: { type: 'aws_asg' }, metrics: { type: 'simulator' } })).toBe(false);
    expect(isSimulated({})).toBe(false);
  });

  it('are scaled over the connection of their servers, not over that of their metrics', () => {
    expect(targetConnection({ type: 'kubernetes', connection: 'prod' })).toBe('prod');
    const measured = { type: 'prometheus', connection: 'monitoring' };
    expect(targetConnection({ target: { type: 'aws_asg', connection: 'shop' }, metrics: measured })).toBe('shop');
    expect(targetConnection({ target: { type: 'simulator' }, metrics: measured })).toBeNull();
    expect(targetConnection({})).toBeNull();
  });
});
