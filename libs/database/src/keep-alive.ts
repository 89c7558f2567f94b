/**
 * After this idle time, in milliseconds, the system sends up to ten keep-alive probes, one per second (Node.js documentation,
 * `socket.setKeepAlive`); its own default is two hours.
 */
export const KEEP_ALIVE_MS = 10_000;
