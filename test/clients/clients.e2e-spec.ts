import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { eventually } from '../support/eventually.js';
import { startSystem, type System } from '../support/programs.js';
import { type ClientRequest, SERVICE_REQUESTS, SIMULATOR_REQUESTS } from './requests.js';

let system: System;
/** Values of earlier responses, like the variables of a Postman collection. */
const variables = new Map<string, string>();

beforeAll(async () => {
  system = await startSystem();
  for (const [name, url] of Object.entries({ base_url: system.urls.api, simulator_url: system.urls.simulator }))
    variables.set(name, url);
  await eventually('the service is ready', async () => (await fetch(`${system.urls.api}/health/ready`)).ok);
});
afterAll(async () => system?.stop());

function filled(text: string): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_match, name: string) => {
    const value = variables.get(name);
    if (value === undefined) throw new Error(`no answer gave ${name} yet`);
    return value;
  });
}

async function send({ method, url, body, keeps = {} }: ClientRequest): Promise<Response> {
  const token = variables.get('token');
  const response = await fetch(filled(url), {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: filled(body) }),
  });
  const text = await response.clone().text();
  for (const [variable, field] of Object.entries(keeps)) {
    const value = (JSON.parse(text) as Record<string, unknown>)[field];
    if (typeof value === 'string') variables.set(variable, value);
  }
  return response;
}

// In this order: requests use values of earlier responses.
describe('a client of the Go service', () => {
  it.each(SERVICE_REQUESTS)('gets a response for $name', async (request) => {
    const response = await send(request);
    const text = await response.text();
    const kind = Math.floor(response.status / 100);
    expect({ status: request.status === undefined ? kind : response.status, text }).toMatchObject({
      status: request.status ?? 2,
    });
    expect(response.headers.get('x-trace-id')).toMatch(/^[\w-]{8,64}$/);
  });

  it('is redirected by /ws to the live events, also when it opens a WebSocket', async () => {
    for (const headers of [{}, { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }]) {
      const answer = await new Promise<{ status: number | undefined; headers: object; text: string }>(
        (resolve, reject) => {
          httpRequest(filled('{{base_url}}/ws'), { headers }, (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
            response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
          })
            .on('upgrade', () => reject(new Error('it was upgraded')))
            .on('error', reject)
            .end();
        },
      );
      expect(answer).toMatchObject({
        status: 426,
        headers: { upgrade: 'websocket', 'x-trace-id': expect.any(String) },
      });
      expect(JSON.parse(answer.text)).toMatchObject({
        code: 'upgrade_required',
        error: expect.stringContaining('/socket.io'),
      });
    }
  });

  it('gets its trace id in every response', async () => {
    for (const path of [
      '/nowhere',
      '/ui/',
      '/ui/nowhere',
      '/swagger/doc.json',
      '/health/live',
      '/socket.io/?EIO=4&transport=polling',
    ]) {
      const { headers } = await fetch(`${system.urls.api}${path}`);
      expect({ path, trace: headers.get('x-trace-id') }).toEqual({
        path,
        trace: expect.stringMatching(/^[\w-]{8,64}$/),
      });
    }
  });

  it('receives events with the fields that it expects', async () => {
    const socket = io(system.urls.api, { auth: { token: variables.get('token') }, transports: ['websocket'] });
    const heard: object[] = [];
    socket.on('metrics', (event: object) => heard.push(event));
    await socket.emitWithAck('subscribe', { cluster_id: variables.get('cluster_id') });
    const event = await eventually('an event was heard', () => heard[0]);
    socket.disconnect();
    expect(event).toMatchObject({
      type: 'metrics',
      cluster_id: variables.get('cluster_id'),
      timestamp: expect.any(String),
      data: expect.any(Object),
    });
  });
});

describe('a client of the simulator of the Go service', () => {
  it.each(SIMULATOR_REQUESTS)('gets a response for $name', async (request) => {
    const response = await send(request);
    expect({ status: Math.floor(response.status / 100), text: await response.text() }).toMatchObject({ status: 2 });
    expect(response.headers.get('x-trace-id')).toMatch(/^[\w-]{8,64}$/);
  });
});
