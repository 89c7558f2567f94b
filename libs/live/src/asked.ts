/** Longer than any id or word that a message of a client may say. */
const LONGEST = 256;

/** What a client asks for: of its message, which may be as large as `websocket.max_message_size`, only what means something. */
export interface Asked {
  /** Empty where none is named. */
  readonly clusterId: string;
  readonly lastEventId: string | undefined;
  readonly detail: string | undefined;
}

/** Answers a client, where it wants an answer. */
export type Acknowledge = (answer: object) => void;

/** Reads the body of a message, whatever it is. */
export function asked(body: unknown): Asked {
  return {
    clusterId: text(body, 'cluster_id') ?? '',
    lastEventId: text(body, 'last_event_id'),
    detail: text(body, 'detail'),
  };
}

/** The last thing that comes with a message is how to answer it; it may be missing. */
export function answerer(acknowledge: unknown): Acknowledge {
  return typeof acknowledge === 'function' ? (acknowledge as Acknowledge) : () => undefined;
}

function text(body: unknown, key: string): string | undefined {
  const value: unknown = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' && value.length <= LONGEST ? value : undefined;
}
