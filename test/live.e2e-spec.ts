import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Ajv, type AnySchemaObject } from 'ajv';
import { io, type Socket } from 'socket.io-client';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

/** An hour of steady load. */
const TRACE = `timestamp,value\n${Array.from({ length: 60 }, (_, minute) => `${new Date(minute * 60_000).toISOString()},100`).join('\n')}\n`;

let system: System;
let ada: ApiClient;
let socket: Socket;
let id: string;
const heard: { readonly type: string }[] = [];

beforeAll(async () => {
  system = await startSystem({ speed: 60, provisioning: '30s' });
  ada = await ApiClient.register(system.urls.api, 'ada');
  socket = io(system.urls.api, { auth: { token: ada.token }, transports: ['websocket'] });
  socket.onAny((_topic, event: (typeof heard)[number]) => heard.push(event));
  expect(await socket.emitWithAck('subscribe_all')).toMatchObject({ ok: true });
  const created = await ada.post<{ id: string }>('/clusters', {
    name: 'web',
    min_servers: 2,
    max_servers: 12,
    policy: { slo: { violations: '1%', max_utilization: '90%' } },
    provider: { type: 'simulator', simulated: { servers: 3, base_cpu: 55, variance: 1 } },
  });
  expect(created.status).toBe(201);
  id = created.body.id;
});
afterAll(async () => {
  socket?.disconnect();
  await system?.stop();
});

async function hears(...topics: string[]): Promise<void> {
  for (const topic of topics) await eventually(`${topic} is heard`, () => heard.some(({ type }) => type === topic));
}

/** Converts a schema of OpenAPI 3.0 to a JSON schema that allows declared fields only. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, example: _example, ...rest } = schema as AnySchemaObject;
  const inner: AnySchemaObject = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, strict(value)]));
  if (inner['properties'] !== undefined) inner['additionalProperties'] ??= false;
  return nullable === true ? { anyOf: [{ type: 'null' }, inner] } : inner;
}

it('live events of every topic match the API document exactly', async () => {
  expect((await ada.put(`/clusters/${id}/candidate`, { policy: { threshold: {} } })).status).toBeLessThan(300);
  await hears('decision');
  // More than twice the present servers: carried out, with an alert.
  expect((await ada.post(`/clusters/${id}/scale`, { desired_servers: 12, hold_for: '5m' })).status).toBeLessThan(300);
  await hears('alert');
  expect((await ada.post(`/clusters/${id}/backtests`, { trace: TRACE, compare: [], promises: [] })).status).toBe(202);
  const { components } = (
    await ada.get<{ components: { schemas: Record<string, AnySchemaObject> } }>('/swagger/doc.json')
  ).body;
  const topics = Object.keys((components.schemas['LiveEventsDto'] as { properties: object }).properties);
  await hears(...topics);

  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'document', components: strict(components) });
  const wrong = topics.flatMap((topic) => {
    const validate = ajv.compile({ $ref: `document#/components/schemas/LiveEventsDto/properties/${topic}` });
    return heard.flatMap((event) => {
      if (event.type !== topic || validate(event)) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${topic}${instancePath} ${message} ${JSON.stringify(params)}`,
      );
    });
  });
  expect([...new Set(wrong)]).toEqual([]);
  expect(heard.filter(({ type }) => !topics.includes(type))).toEqual([]);
});
