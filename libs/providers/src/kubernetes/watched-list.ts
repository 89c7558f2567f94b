import { setTimeout as delay } from 'node:timers/promises';
import { ProviderError } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { isStatus, unreachable } from './api-error.js';

/** Objects of one page of a list. */
const PAGE = 500;
/** Waits between attempts, milliseconds. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** A watch that ends sooner is not opened again at once. */
const HASTY_MS = 1000;
/** How long the server keeps a watch open, seconds; not all of them end at once. */
const LEAST_WATCH_S = 240;
const WATCH_SPREAD_S = 120;

interface Meta {
  readonly name: string;
}

interface Listed {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly unknown[];
}

export interface WatchedOptions<T> {
  /** `/api/v1/namespaces/web/pods`. */
  readonly path: string;
  /** What may be missing: "pods in namespace web". */
  readonly what: string;
  readonly accept?: string;
  /** The part of an object that is kept. */
  readonly keep: (object: unknown) => T;
  /** After an object has come, changed or gone. */
  readonly changed?: (name: string, now: T | null) => void;
  /** After a list has replaced everything, and `changed` was called for its objects. */
  readonly replaced?: () => void;
}

/**
 * A list that is read and then followed by a watch. It is read again after any end of the watch: its timeout, a socket error, a version that
 * is too old (410 Gone), a restart of the API server. While it is not being followed it fails with the reason, and never returns old items.
 */
export class WatchedList<T> {
  private readonly known = new Map<string, T>();
  private readonly ending = new AbortController();
  /** Why it is not being followed; `null` before the first attempt and while one is under way. */
  private failure: ProviderError | null = null;
  private isLive = false;
  private readonly waiting = new Set<(failure: ProviderError | null) => void>();

  constructor(
    private readonly api: KubernetesApi,
    private readonly options: WatchedOptions<T>,
  ) {
    void this.run();
  }

  /**
   * The current items; waits for the first list, or for a watch that is being reopened.
   *
   * @throws ProviderError while it is not being followed
   */
  async items(signal: AbortSignal): Promise<ReadonlyMap<string, T>> {
    if (!this.isLive) {
      if (this.failure !== null) throw this.failure;
      await this.whenLive(signal);
    }
    return this.known;
  }

  /** The current items; the reason, or `null` before the first list, while it is not being followed. */
  now(): ReadonlyMap<string, T> | ProviderError | null {
    return this.isLive ? this.known : this.failure;
  }

  close(): void {
    this.ending.abort();
    this.failed(new ProviderError('unreachable', 'the connection is closed'));
  }

  private async run(): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (!this.ending.signal.aborted) {
      const begun = Date.now();
      try {
        // What happened since the last watch would come some time after the next one: only a new list is known to be whole.
        await this.follow(await this.list());
        if (Date.now() - begun < HASTY_MS) await this.pause(wait);
      } catch (error) {
        if (this.ending.signal.aborted) return;
        const isTooOld = isStatus(error, 410);
        if (!isTooOld) this.failed(error instanceof ProviderError ? error : unreachable(error));
        if (!isTooOld || Date.now() - begun < HASTY_MS) await this.pause(wait);
        this.failure = null;
      }
      wait = Date.now() - begun < LONGEST_WAIT_MS ? Math.min(LONGEST_WAIT_MS, wait * 2) : FIRST_WAIT_MS;
    }
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms * (0.5 + Math.random()), undefined, { signal: this.ending.signal }).catch(() => undefined);
  }

  /** @returns the version that is followed from */
  private async list(): Promise<string> {
    const { path, what, accept, replaced } = this.options;
    const { signal } = this.ending;
    const found = new Map<string, unknown>();
    let token = '';
    let version = '';
    do {
      const query = { limit: PAGE, ...(token === '' ? {} : { continue: token }) };
      const request = { query, right: `list ${what}`, signal, ...(accept === undefined ? {} : { accept }) };
      const page: Listed = await this.api.get<Listed>(path, request);
      for (const item of page.items ?? []) found.set(metaOf(item).name, item);
      token = page.metadata.continue ?? '';
      // Pages of one list have the version of the first.
      version = page.metadata.resourceVersion;
    } while (token !== '');
    for (const name of this.known.keys()) if (!found.has(name)) this.forget(name);
    for (const [name, object] of found) this.remember(name, object);
    replaced?.();
    return version;
  }

  private async follow(version: string): Promise<void> {
    const { path, what, accept } = this.options;
    const query = {
      resourceVersion: version,
      timeoutSeconds: LEAST_WATCH_S + Math.floor(Math.random() * WATCH_SPREAD_S),
    };
    const { signal } = this.ending;
    const request = { query, right: `watch ${what}`, signal, ...(accept === undefined ? {} : { accept }) };
    try {
      for await (const { type, object } of this.api.watch(path, request, () => this.opened())) {
        const { name } = metaOf(object);
        if (type === 'DELETED') this.forget(name);
        else if (type !== 'BOOKMARK') this.remember(name, object);
      }
    } finally {
      this.isLive = false;
    }
  }

  private remember(name: string, object: unknown): void {
    const item = this.options.keep(object);
    this.known.set(name, item);
    this.options.changed?.(name, item);
  }

  private forget(name: string): void {
    this.known.delete(name);
    this.options.changed?.(name, null);
  }

  private opened(): void {
    this.isLive = true;
    this.failure = null;
    this.tell(null);
  }

  private failed(error: ProviderError): void {
    this.isLive = false;
    this.failure = error;
    this.tell(error);
  }

  private tell(failure: ProviderError | null): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const done of waiting) done(failure);
  }

  private async whenLive(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const done = (failure: ProviderError | null): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', abort);
        if (failure === null) resolve();
        else reject(failure);
      };
      const abort = (): void => done(new ProviderError('unreachable', 'no answer in time'));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.waiting.add(done);
    });
  }
}

function metaOf(object: unknown): Meta {
  const meta = (object as { readonly metadata?: Partial<Meta> } | null)?.metadata;
  return { name: meta?.name ?? '' };
}
