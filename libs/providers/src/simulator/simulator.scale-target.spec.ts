import { describe, expect, it } from '@jest/globals';
import { SimulatorScaleTarget } from './simulator.scale-target.js';

const CLUSTER = { id: 'web', provider: { type: 'simulator' } } as const;
const SERVER = { server_id: 'a', state: 'ACTIVE' };

async function read(body: object) {
  const answer = { status: 200, url: 'http://simulator', text: JSON.stringify(body) };
  const http = { send: async () => answer, endpointOf: () => answer.url, nameOf: () => CLUSTER.id };
  return new SimulatorScaleTarget(http).read(CLUSTER, new AbortController().signal);
}

describe('what a provider lists', () => {
  it('is its servers and the count that it states', async () => {
    expect(await read({ servers: [SERVER], desired_servers: 3 })).toEqual({
      servers: [{ id: 'a', state: 'ACTIVE', activeAt: null }],
      desired: 3,
    });
    expect(await read({ servers: [] })).toEqual({ servers: [], desired: null });
  });

  it.each([
    ['an id with a NUL', { servers: [{ ...SERVER, server_id: 'a\0' }] }],
    ['an id with half a character', { servers: [{ ...SERVER, server_id: 'a\ud800' }] }],
    ['an id without end', { servers: [{ ...SERVER, server_id: 'a'.repeat(513) }] }],
    ['an empty id', { servers: [{ ...SERVER, server_id: '' }] }],
    ['a negative count', { servers: [SERVER], desired_servers: -1 }],
    ['a count that no column holds', { servers: [SERVER], desired_servers: 1e12 }],
  ])('is not believed with %s', async (_name, body) => {
    await expect(read(body)).rejects.toMatchObject({ kind: 'invalid' });
  });
});
