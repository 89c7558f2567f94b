import type { DestinationStream } from 'pino';

const WARN = 40;
const REPORT_MS = 60_000;
/** A kind that did not occur in this many reports is new again. */
const QUIET_REPORTS = 10;
/** Kinds that are remembered; further ones are printed each time. */
const MOST_KINDS = 500;
/** What differs between two problems of one kind. */
const PARTICULARS = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\d+(?:\.\d+)?/gi;

interface Line {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly context?: string;
  readonly err?: { readonly stack?: string };
  readonly [name: string]: unknown;
}

interface Kind {
  last: Line;
  /** Occurrences that were not printed, and the first of them. */
  count: number;
  since: number;
  quiet: number;
}

/**
 * The log on a terminal: one line for each new kind of problem, as a sentence without a stack trace unless the error was
 * unexpected; once a minute a line for each kind that was repeated. Other destinations get every line.
 */
export class Repeats implements DestinationStream {
  private readonly kinds = new Map<string, Kind>();

  constructor(private readonly out: DestinationStream) {}

  /** As above, and reports by itself. */
  static every(out: DestinationStream): Repeats {
    const repeats = new Repeats(out);
    setInterval(() => repeats.report(), REPORT_MS).unref();
    return repeats;
  }

  write(text: string): void {
    const line = problemIn(text);
    if (line === null) {
      this.out.write(text);
      return;
    }
    // The line of its error says why.
    if (line.msg === 'request errored' && line.err === undefined) return;
    const kind = `${line.level} ${line.context ?? ''} ${(line.msg ?? '').replaceAll(PARTICULARS, '#')}`;
    const known = this.kinds.get(kind);
    if (known === undefined) {
      if (this.kinds.size < MOST_KINDS) this.kinds.set(kind, { last: line, count: 0, since: line.time, quiet: 0 });
      this.out.write(text);
      return;
    }
    if (known.count === 0) known.since = line.time;
    known.count += 1;
    known.last = line;
  }

  /** Prints the kinds that were repeated since the last report, with the latest occurrence and their number. */
  report(): void {
    for (const [key, kind] of this.kinds) {
      if (kind.count === 0) {
        kind.quiet += 1;
        if (kind.quiet >= QUIET_REPORTS) this.kinds.delete(key);
        continue;
      }
      const { err: _err, ...last } = kind.last;
      const times = kind.count === 1 ? 'once more' : `${kind.count} more times`;
      const msg = `${last.msg ?? ''} (${times} since ${clockOf(kind.since)})`;
      this.out.write(`${JSON.stringify({ ...last, msg })}\n`);
      Object.assign(kind, { count: 0, quiet: 0 });
    }
  }
}

function clockOf(time: number): string {
  return new Date(time).toTimeString().slice(0, 8);
}

/** A line from level "warn" on; `null`: any other. */
function problemIn(text: string): Line | null {
  const [, level] = /^\{"level":(\d+)/.exec(text) ?? [];
  return Number(level) >= WARN ? (JSON.parse(text) as Line) : null;
}
