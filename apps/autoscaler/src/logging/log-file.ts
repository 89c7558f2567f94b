import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, type DestinationStream } from 'pino';
import { OperationalError } from '../operational.error.js';

/** Lines are buffered up to this many bytes while the disk is full or unavailable; further ones are dropped. */
const MOST_WAITING = 16 * 1024 * 1024;

/**
 * A log file, created with its folder. SIGHUP reopens it by name for log rotation: rename the file, then send the
 * signal. Later write errors go to standard error and end nothing.
 *
 * @throws OperationalError if the file cannot be written
 */
export function openLogFile(file: string): DestinationStream {
  // The stream would report it too late, as an event.
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new OperationalError(`the log file cannot be written to (app.log_file): ${(error as Error).message}`, {
      cause: error,
    });
  }
  const stream = destination({ dest: file, mkdir: true, sync: false, maxLength: MOST_WAITING });
  let reported = '';
  stream.on('error', ({ message }: Error) => {
    if (message !== reported) process.stderr.write(`the log file cannot be written to: ${message}\n`);
    reported = message;
  });
  process.on('SIGHUP', () => stream.reopen());
  return stream;
}
