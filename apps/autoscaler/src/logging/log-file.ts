import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, type DestinationStream } from 'pino';
import { OperationalError } from '../operational.error.js';

/** Lines that wait for a disk that is full or away are kept up to this many bytes; further ones are left out. */
const MOST_WAITING = 16 * 1024 * 1024;

/**
 * A file that receives lines, made with its folder where it is missing. SIGHUP opens it anew by its name, which is how a log is rotated:
 * rename the file, then send the signal. What goes wrong later is told on standard error, and ends nothing.
 *
 * @throws OperationalError when the file cannot be written to
 */
export function openLogFile(file: string): DestinationStream {
  // The stream would tell it too late, as an event.
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new OperationalError(`the log file cannot be written to (app.log_file): ${(error as Error).message}`, {
      cause: error,
    });
  }
  const stream = destination({ dest: file, mkdir: true, sync: false, maxLength: MOST_WAITING });
  let told = '';
  stream.on('error', ({ message }: Error) => {
    if (message !== told) process.stderr.write(`the log file cannot be written to: ${message}\n`);
    told = message;
  });
  process.on('SIGHUP', () => stream.reopen());
  return stream;
}
