import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import sirv from 'sirv';
import { Server } from 'socket.io';
import type { RecordedTick, Recording } from './recording.js';

const PAGE = 'dist/apps/dashboard';
const WAKE_MS = 20;

export interface StandIn {
  readonly url: string;
  /** Ticks sent so far. */
  readonly sent: () => number;
  stop(): Promise<void>;
}

/**
 * A fake service: serves the built page with recorded responses, and sends recorded ticks at an exact rate, every
 * cluster once a second, evenly spread, with new ids and times. It measures the page's cost independently of the
 * service.
 */
export async function startStandIn({ answers, ticks }: Recording): Promise<StandIn> {
  const files = sirv(PAGE, { single: true, brotli: true, etag: true });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://stand-in');
    if (pathname.startsWith('/ui')) {
      request.url = (request.url ?? '').slice('/ui'.length) || '/';
      files(request, response);
      return;
    }
    const answer = answers.get(pathname);
    response.writeHead(answer?.status ?? 404, { 'content-type': answer?.contentType ?? 'application/json' });
    response.end(answer?.body ?? '{"error":"not recorded","code":"not_recorded","trace_id":""}');
  });
  const io = new Server(server, { serveClient: false });
  io.on('connection', (socket) => {
    socket.on('subscribe_all', (_body: unknown, acknowledge: (answer: object) => void) => {
      void socket.join('all');
      acknowledge({ ok: true, count: ticks.size, missed: false });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const clusters = [...ticks.values()];
  const started = performance.now();
  let sent = 0;
  let sequence = 0;
  const send = (tick: RecordedTick): void => {
    const timestamp = new Date().toISOString();
    for (const event of tick) {
      sequence += 1;
      io.to('all').emit(event.type, { ...event, id: `stand-in-${sequence}`, timestamp });
    }
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * clusters.length);
    for (; sent < due; sent += 1) {
      const own = clusters[sent % clusters.length] ?? [];
      const tick = own[Math.floor(sent / clusters.length) % own.length];
      if (tick !== undefined) send(tick);
    }
  }, WAKE_MS);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => sent,
    async stop() {
      clearInterval(timer);
      await io.close();
    },
  };
}
