import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

/** A minimal OpenTelemetry collector that accepts spans as JSON. */
const received: string[] = [];
let collector: Server;
let system: System;
beforeAll(async () => {
  collector = createServer((request, response) => {
    text(request).then(
      (body) => {
        received.push(body);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      },
      () => response.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  system = await startSystem({
    env: { AUTOSCALER_TRACING_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`, AUTOSCALER_TRACING_SAMPLE: '1' },
  });
});
afterAll(async () => {
  await system?.stop();
  collector?.close();
});

function spans(): Span[] {
  return received.flatMap((body) => {
    const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  });
}

function attribute(span: Span, name: string): unknown {
  return Object.values(span.attributes.find(({ key }) => key === name)?.value ?? {})[0];
}

describe('traces', () => {
  it('show a tick with its stages', async () => {
    const ada = await ApiClient.register(system.urls.api, 'ada');
    await ada.post('/clusters', { name: 'web', min_servers: 1, max_servers: 3 });
    const tick = await eventually('a whole tick was sent', () => {
      const all = spans();
      return all.find(({ name, spanId }) => {
        const stages = all.filter(({ parentSpanId }) => parentSpanId === spanId);
        return name === 'tick' && stages.some((stage) => stage.name === 'broadcast');
      });
    });
    expect(Number(attribute(tick, 'autoscaler.clusters'))).toBe(1);
    const stages = spans().filter(({ parentSpanId }) => parentSpanId === tick.spanId);
    expect(new Set(stages.map(({ name }) => name))).toEqual(
      new Set(['collect', 'observe', 'decide', 'act', 'commit', 'record', 'broadcast']),
    );
    expect(new Set(stages.map(({ traceId }) => traceId))).toEqual(new Set([tick.traceId]));
  });

  it("show a request within the caller's trace, without ids, queries or secrets", async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await fetch(`${system.urls.api}/clusters/6f9619ff-8b86-4d01-b42d-00cf4fc964ff?secret=hidden-7c1`, {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, authorization: 'Bearer hidden-8d2' },
    });
    const span = await eventually('the request was sent', () => spans().find((one) => one.traceId === traceId));
    expect(span).toMatchObject({ name: 'GET /clusters/:id', parentSpanId: '00f067aa0ba902b7' });
    expect(attribute(span, 'http.route')).toBe('/clusters/:id');
    expect(Number(attribute(span, 'http.response.status_code'))).toBe(401);
    expect(attribute(span, 'autoscaler.trace_id')).toBe(traceId);
    expect(received.join()).not.toMatch(/hidden-|6f9619ff/);
  });

  it('are flushed when the service stops', async () => {
    const traceId = '5bf92f3577b34da6a3ce929d0e0e4736';
    await fetch(`${system.urls.api}/health`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    expect(await system.autoscaler.stop()).toBe(0);
    expect(spans().map((span) => span.traceId)).toContain(traceId);
  });
});
