import { io, type Socket } from 'socket.io-client';
import { queryClient } from '../api/query-client';
import { type EventOf, type Topic, TOPICS } from './events';
import { Heard } from './heard';

/** `lost`: disconnected, reconnecting. */
export type LiveStatus = 'closed' | 'connecting' | 'live' | 'lost';

type Listener<T extends Topic> = (event: EventOf<T>) => void;

interface Acknowledgement {
  readonly ok?: boolean;
  readonly missed?: boolean;
}

/** Subscribes to all clusters that the account may see. */
export const ALL_CLUSTERS = '*';
/** First delay before a reconnect; it grows up to a second. */
const RETRY_MS = 500;
const RETRY_AT_MOST_MS = 5000;

/**
 * The single connection for live events. Components subscribe to a cluster (or all) and unsubscribe. After a disconnect
 * it requests missed events; if the service no longer has them, all loaded data is reloaded. Duplicates are dropped.
 */
class Live {
  private socket: Socket | null = null;
  private state: LiveStatus = 'closed';
  private since = Date.now();
  private lastEventId: string | null = null;
  private lastHeardAt: number | null = null;
  private readonly heard = new Heard();
  private readonly wanted = new Map<string, number>();
  private readonly listeners = new Map<Topic, Set<Listener<Topic>>>();
  private readonly watchers = new Set<() => void>();

  readonly status = (): LiveStatus => this.state;

  /** When the status last changed (milliseconds since the epoch). */
  readonly changedAt = (): number => this.since;

  /** When the last event arrived, or else when the status last changed (milliseconds since the epoch). */
  readonly heardAt = (): number => this.lastHeardAt ?? this.since;

  /** Subscribes to changes of the status. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  open(): void {
    if (this.socket !== null) return;
    this.become('connecting');
    const socket = io({
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: RETRY_MS,
      reconnectionDelayMax: RETRY_AT_MOST_MS,
    });
    this.socket = socket;
    socket.on('connect', () => {
      this.become('live');
      for (const target of this.wanted.keys()) this.subscribe(target);
    });
    socket.on('disconnect', (reason) => {
      if (this.socket !== socket) return;
      this.become('lost');
      // Disconnected by the service, which stops or has ended the login: the library does not reconnect then.
      if (reason === 'io server disconnect') setTimeout(() => socket.connect(), RETRY_MS);
    });
    socket.on('connect_error', () => {
      if (this.state === 'live') this.become('lost');
      // Rejected rather than unreachable: the login may have ended. A request for the account will tell.
      if (!socket.active) {
        void queryClient.invalidateQueries({ queryKey: ['me'] });
        setTimeout(() => socket.connect(), RETRY_AT_MOST_MS);
      }
    });
    for (const topic of TOPICS) socket.on(topic, (event: EventOf<typeof topic>) => this.hear(topic, event));
  }

  close(): void {
    const { socket } = this;
    this.socket = null;
    this.lastEventId = null;
    this.lastHeardAt = null;
    this.heard.clear();
    socket?.disconnect();
    this.become('closed');
  }

  /** Subscribes to a cluster, or to `ALL_CLUSTERS`; returns the function that unsubscribes. */
  want(target: string): () => void {
    const count = this.wanted.get(target) ?? 0;
    this.wanted.set(target, count + 1);
    if (count === 0) this.subscribe(target);
    return () => {
      const left = (this.wanted.get(target) ?? 1) - 1;
      if (left > 0) {
        this.wanted.set(target, left);
        return;
      }
      this.wanted.delete(target);
      if (target === ALL_CLUSTERS) {
        this.socket?.emit('unsubscribe_all');
        for (const other of this.wanted.keys()) this.subscribe(other);
      } else this.socket?.emit('unsubscribe', { cluster_id: target });
    };
  }

  /** Adds a listener; returns the function that removes it. */
  on<T extends Topic>(topic: T, listener: Listener<T>): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener as Listener<Topic>));
    return () => listeners.delete(listener as Listener<Topic>);
  }

  private subscribe(target: string): void {
    if (this.socket?.connected !== true) return;
    const last = this.lastEventId === null ? {} : { last_event_id: this.lastEventId };
    const answered = ({ missed }: Acknowledgement): void => {
      if (missed === true) void queryClient.invalidateQueries();
    };
    if (target === ALL_CLUSTERS) this.socket.emit('subscribe_all', { ...last, detail: 'summary' }, answered);
    else this.socket.emit('subscribe', { cluster_id: target, ...last }, answered);
  }

  private hear<T extends Topic>(topic: T, event: EventOf<T>): void {
    const { id } = event;
    this.lastHeardAt = Date.now();
    if (!this.heard.first(id)) return;
    this.lastEventId = id;
    for (const listener of this.listeners.get(topic) ?? []) listener(event);
  }

  private become(status: LiveStatus): void {
    if (status === this.state) return;
    const back = status === 'live' && this.state === 'lost';
    this.state = status;
    this.since = Date.now();
    for (const watcher of this.watchers) watcher();
    if (back) void queryClient.invalidateQueries({ predicate: ({ state }) => state.error !== null });
  }
}

export const live = new Live();
