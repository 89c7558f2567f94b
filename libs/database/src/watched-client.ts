import type { Socket } from 'node:net';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';

/** How long an answer may be on its way once the server itself would have ended the statement, in milliseconds. */
const GRACE_MS = 10_000;

/**
 * A connection that ends when the server says nothing while it owes an answer, for longer than `statement_timeout` and 10 s. A host that is
 * switched off or cut off says no word; what was sent to it is otherwise waited for until TCP gives up, a quarter of an hour later.
 * The library's own `query_timeout` gives up the query and leaves the connection, in which all that comes next waits behind it.
 * Without a `statement_timeout` it waits for ever.
 */
export class WatchedClient extends pg.Client {
  private readonly silenceMs: number;
  private watch: NodeJS.Timeout | undefined;
  /** For statements that may take as long as they like. */
  isPatient = false;

  constructor(config: pg.ClientConfig = {}) {
    super(config);
    const { statement_timeout: statementMs } = config;
    this.silenceMs = typeof statementMs === 'number' && statementMs > 0 ? statementMs + GRACE_MS : 0;
    const query = this.query.bind(this) as (...given: unknown[]) => unknown;
    // Overridden as a whole: its forms are many, and all of them end in one answer.
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

  /** The library has it and does not declare it; it is another one once the connection is encrypted. */
  private get socket(): Socket {
    return (this as unknown as { connection: { stream: Socket } }).connection.stream;
  }
}

/** Lets statements of `work` on a connection take as long as they like. */
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
