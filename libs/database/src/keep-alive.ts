/**
 * After so much silence, in milliseconds, the system asks the other end whether it is still there, ten times a second apart (Node.js documentation,
 * `socket.setKeepAlive`); its own default is two hours.
 */
export const KEEP_ALIVE_MS = 10_000;
