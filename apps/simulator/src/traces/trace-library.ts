import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { BadRequestError } from '#http';
import { parseTrace, type Trace, TraceError, traceOf } from '#world';
import { SIMULATOR_OPTIONS, type SimulatorOptions } from '../options.js';

/** One point of a trace that came with a request: seconds since its start, and the value or `null` for a gap. */
export type InlinePoint = readonly [seconds: number, value: number | null];

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** The traces that patterns can play: CSV files of a folder, and what came with requests. Each is read once. */
@Injectable()
export class TraceLibrary {
  private readonly files = new Map<string, Trace>();
  private readonly inline = new Map<string, { trace: Trace; points: readonly InlinePoint[] }>();

  constructor(@Inject(SIMULATOR_OPTIONS) private readonly options: SimulatorOptions) {}

  /**
   * @param name a file of the folder, with or without `.csv`, or the name that `add` gave
   * @throws {AppError} 400 when there is no such trace, or it cannot be read
   */
  async find(name: string): Promise<Trace> {
    const known = this.inline.get(name)?.trace ?? this.files.get(name);
    if (known) return known;
    const trace = await this.read(name);
    this.files.set(name, trace);
    return trace;
  }

  /**
   * Remembers a trace that came with a request, under a name made from its content.
   * @throws {AppError} 400 when the points make no trace
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

  /** The points of a trace that came with a request; `null` for a file. */
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
