import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { BadRequestError } from '#http';
import { parseTrace, type Trace, TraceError, traceOf } from '#world';
import { SIMULATOR_OPTIONS, type SimulatorOptions } from '../options.js';

/** A point of an inline trace: seconds since its start, and the value or `null` for a gap. */
export type InlinePoint = readonly [seconds: number, value: number | null];

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** Traces that patterns can play: CSV files of a folder, and inline traces of requests. Each is read once. */
@Injectable()
export class TraceLibrary {
  private readonly files = new Map<string, Trace>();
  private readonly inline = new Map<string, { trace: Trace; points: readonly InlinePoint[] }>();

  constructor(@Inject(SIMULATOR_OPTIONS) private readonly options: SimulatorOptions) {}

  /**
   * @param name a file of the folder, with or without `.csv`, or a name returned by `add`
   * @throws {AppError} 400 if the trace does not exist or cannot be read
   */
  async find(name: string): Promise<Trace> {
    const known = this.inline.get(name)?.trace ?? this.files.get(name);
    if (known) return known;
    const trace = await this.read(name);
    this.files.set(name, trace);
    return trace;
  }

  /**
   * Stores an inline trace under a name derived from its content.
   * @throws {AppError} 400 if the points are not a trace
   */
  add(points: readonly InlinePoint[]): Trace {
    const name = `inline-${createHash('sha256').update(JSON.stringify(points)).digest('hex').slice(0, 16)}`;
    const known = this.inline.get(name);
    if (known) return known.trace;
    const trace = understood(() =>
      traceOf(
        name,
        points.map(([seconds, value]) => ({ at: seconds * 1000, value })),
      ),
    );
    this.inline.set(name, { trace, points });
    return trace;
  }

  /** The points of an inline trace; `null` for a file. */
  pointsOf(name: string): readonly InlinePoint[] | null {
    return this.inline.get(name)?.points ?? null;
  }

  private async read(name: string): Promise<Trace> {
    const file = name.endsWith('.csv') ? name : `${name}.csv`;
    if (!NAME.test(name)) throw unreadable(`"${name.slice(0, 100)}" is no name of a trace`);
    let text: string;
    try {
      text = await readFile(join(this.options.tracesFolder, file), 'utf8');
    } catch {
      throw unreadable(`there is no trace "${file}" in ${this.options.tracesFolder}`);
    }
    return understood(() => parseTrace(name, text));
  }
}

function understood(read: () => Trace): Trace {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof TraceError ? unreadable(cause.message) : cause;
  }
}

function unreadable(message: string): BadRequestError {
  return new BadRequestError('trace_unreadable', message, [{ field: 'trace', error: message }]);
}
