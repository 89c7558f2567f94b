import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { inOneLine } from '#engine';
import type { ExplainedRow } from '#world';

const COLUMNS = ['tick', 'timestamp', 'demand', 'active', 'provisioning', 'desired', 'action', 'reason', 'upper'];

/** Writes a run as CSV (RFC 4180), one line per tick. */
export class TimelineFile {
  private readonly stream: WriteStream;
  private failure: Error | null = null;

  private constructor(
    path: string,
    private readonly startAt: number,
    private readonly tickSeconds: number,
  ) {
    this.stream = createWriteStream(path);
    this.stream.on('error', (error) => {
      this.failure = error;
    });
  }

  /** Rejects if the file cannot be written. */
  static async open(path: string, startAt: number, tickSeconds: number): Promise<TimelineFile> {
    const file = new TimelineFile(path, startAt, tickSeconds);
    await once(file.stream, 'open');
    file.stream.write(`${COLUMNS.join(',')}\r\n`);
    return file;
  }

  add({ tick, demand, active, provisioning, desired, action, reason, upper }: ExplainedRow): void {
    const timestamp = new Date(this.startAt + tick * this.tickSeconds * 1000).toISOString();
    const cells = [
      tick,
      timestamp,
      demand,
      active,
      provisioning,
      desired,
      action,
      quoted(inOneLine(reason)),
      upper ?? '',
    ];
    this.stream.write(`${cells.join(',')}\r\n`);
  }

  /** Rejects if something could not be written. */
  async close(): Promise<void> {
    if (this.failure !== null) throw this.failure;
    this.stream.end();
    await finished(this.stream);
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
