import { setTimeout as delay } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { Browser } from 'playwright-core';

/** A live event as sent by the service. */
export interface RecordedEvent {
  readonly id: string;
  readonly type: string;
  readonly cluster_id: string;
  readonly timestamp: string;
  readonly data: unknown;
}

/** The events of one tick of a cluster: its metrics and what came with them. */
export type RecordedTick = readonly RecordedEvent[];

export interface RecordedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** Responses and events for a page that shows all clusters. */
export interface Recording {
  /** By path. */
  readonly answers: ReadonlyMap<string, RecordedAnswer>;
  /** By cluster, oldest first; at least one each. */
  readonly ticks: ReadonlyMap<string, readonly RecordedTick[]>;
}

const TOPICS = ['metrics', 'cluster_state', 'scaling_event', 'alert'] as const;
const HEARD_EVERYBODY_WITHIN_MS = 120_000;
const POLL_MS = 500;

/**
 * Listens like the page until every cluster has sent events, and for some time after.
 *
 * @throws Error if a cluster sends no events
 */
export async function record(
  browser: Browser,
  url: string,
  login: { readonly username: string; readonly password: string; readonly token: string },
  { clusters, forMs }: { readonly clusters: number; readonly forMs: number },
): Promise<Recording> {
  const ticks = await recordTicks(url, login.token, clusters, forMs);
  return { answers: await recordAnswers(browser, url, login), ticks };
}

async function recordTicks(url: string, token: string, clusters: number, forMs: number): Promise<Recording['ticks']> {
  const heard = new Map<string, RecordedEvent[][]>();
  const socket = io(url, { transports: ['websocket'], auth: { token }, forceNew: true });
  for (const topic of TOPICS) {
    socket.on(topic, (event: RecordedEvent) => {
      const own = heard.get(event.cluster_id);
      if (event.type === 'metrics') heard.set(event.cluster_id, [...(own ?? []), [event]]);
      else own?.at(-1)?.push(event);
    });
  }
  try {
    await socket.emitWithAck('subscribe_all', { detail: 'summary' });
    const deadline = Date.now() + HEARD_EVERYBODY_WITHIN_MS;
    while (heard.size < clusters) {
      if (Date.now() > deadline) throw new Error(`only ${heard.size} of ${clusters} clusters were heard of`);
      await delay(POLL_MS);
    }
    await delay(forMs);
    return heard;
  } finally {
    socket.disconnect();
  }
}

async function recordAnswers(
  browser: Browser,
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<Recording['answers']> {
  const answers = new Map<string, RecordedAnswer>();
  const context = await browser.newContext({ baseURL: url });
  try {
    await context.request.post('/auth/login', { data: { username, password } });
    const page = await context.newPage();
    const kept: Promise<void>[] = [];
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (response.request().resourceType() !== 'fetch' || pathname.startsWith('/socket.io')) return;
      const keep = async (): Promise<void> => {
        const contentType = response.headers()['content-type'] ?? 'application/json';
        answers.set(pathname, { status: response.status(), contentType, body: await response.body() });
      };
      kept.push(keep());
    });
    await page.goto('/ui/');
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await page.waitForLoadState('load');
    await delay(POLL_MS);
    await Promise.all(kept);
    return answers;
  } finally {
    await context.close();
  }
}
