import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { Request, Response } from 'express';
import { register } from 'prom-client';
import { compressAnswers } from '#http';
import { OperationalError } from '../operational.error.js';

/**
 * Serves `GET /metrics` on a separate port; port 0 selects a free one.
 *
 * @throws OperationalError if the address is in use
 */
export async function servePrometheus(host: string, port: number): Promise<Server> {
  const compress = compressAnswers();
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    // The types are those of Express; the middleware only needs what Node has.
    compress(request as Request, response as Response, () => {
      register.metrics().then(
        (text) => response.writeHead(200, { 'Content-Type': register.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    });
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new OperationalError(`cannot serve Prometheus metrics on ${host}:${port} (prometheus.port): ${cause}`, {
      cause: error,
    });
  }
  return server;
}
