import type { Socket } from 'node:net';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';

/** How long to wait for the answer after the server's own timeout, in milliseconds. */
const GRACE_MS = 10_000;

/**
 * A connection that is closed when the server is silent while an answer is pending, for longer than `statement_timeout` plus 10 s. A host that is
 * switched off or cut off sends nothing; without this, a query waits until TCP gives up, a quarter of an hour later.
 * The library's own `query_timeout` gives up the query but keeps the connection, on which all later queries wait behind it.
 * Without a `statement_timeout` it waits forever.
 */
export class WatchedClient extends pg.Client {
  private readonly silenceMs: number;
  private watch: NodeJS.Timeout | undefined;
  /** For statements without a timeout. */
  isPatient = false;

  constructor(config: pg.ClientConfig = {}) {
    super(config);
    const { statement_timeout: statementMs } = config;
    this.silenceMs = typeof statementMs === 'number' && statementMs > 0 ? statementMs + GRACE_MS : 0;
    const query = this.query.bind(this) as (...given: unknown[]) => unknown;
    // Overridden as a whole: it has many overloads, all with one answer.
    this.query = ((...given: unknown[]) => {
      const answer = query(...given);
      this.expectAnswer();
      return answer;
    }) as pg.Client['query'];
    this.on('drain', () => this.rest()).on('end', () => this.rest());
  }

  private expectAnswer(): void {
    if (this.silenceMs === 0 || this.isPatient || this.watch !== undefined) return;
    const { socket } = this;
    const { bytesRead } = socket;
    this.watch = setTimeout(() => {
      this.rest();
      if (socket.bytesRead !== bytesRead) this.expectAnswer();
      else socket.destroy(new Error(`the database server has said nothing for ${this.silenceMs / 1000} s`));
    }, this.silenceMs).unref();
  }

  private rest(): void {
    clearTimeout(this.watch);
    this.watch = undefined;
  }

  /** Missing in the library's types; replaced once the connection is encrypted. */
  private get socket(): Socket {
    return (this as unknown as { connection: { stream: Socket } }).connection.stream;
  }
}

/** Runs `work` on a connection without a statement timeout. */
export async function unwatched<Result>(runner: QueryRunner, work: () => Promise<Result>): Promise<Result> {
  const client: unknown = await runner.connect();
  if (!(client instanceof WatchedClient)) return work();
  client.isPatient = true;
  try {
    return await work();
  } finally {
    client.isPatient = false;
  }
}
