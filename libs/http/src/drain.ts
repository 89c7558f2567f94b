import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long an unused connection may still send a request while the server closes, in milliseconds. */
const SILENT_MS = 500;

/**
 * Prepares `server` to close without aborting requests. Closing an HTTP server ends the connections that are idle then; it waits
 * for connections that were opened but never used, and for those that become idle later, as long as they are kept alive.
 *
 * @returns a function to call before the server is closed: connections then end after the next answer (`Connection: close`), unused ones soon.
 *   A proxy with keep-alive must not send a request on a connection that is just being closed.
 */
export function drainable(server: Server): () => void {
  const silent = new Set<Socket>();
  const underWay = new Set<ServerResponse>();
  let draining = false;
  const endSoon = (socket: Socket): void => {
    setTimeout(() => silent.has(socket) && socket.destroy(), SILENT_MS).unref();
  };
  const used = ({ socket }: IncomingMessage): void => void silent.delete(socket);
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
    if (draining) endSoon(socket);
  });
  server.on('request', used).on('upgrade', used);
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (draining) response.setHeader('Connection', 'close');
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
  });
  return () => {
    draining = true;
    for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close');
    // Connections whose answer had begun.
    server.keepAliveTimeout = 1;
    for (const socket of silent) endSoon(socket);
  };
}
