import { createHmac } from 'node:crypto';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, request } from 'undici';
import { isForbiddenHost, lookupAllowed } from '#providers';

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** A failed delivery. `isFinal`: the receiver rejected it; a retry would fail again. */
export class DeliveryError extends Error {
  constructor(
    message: string,
    readonly isFinal: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DeliveryError';
  }
}

const TIMEOUT_MS = 5000;
/** Timeout of a whole attempt; it also bounds a receiver that answers byte by byte. */
const ATTEMPT_MS = 15_000;

/** Value of `x-autoscaler-signature`: HMAC-SHA256 of the Unix time in seconds, a dot, and the body as sent. */
export function signatureOf(secret: string, seconds: number, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Posts signed JSON. Follows no redirects and does not connect to link-local or metadata addresses. */
export class WebhookClient implements OnApplicationShutdown {
  private readonly agent = new Agent({
    connect: { lookup: lookupAllowed, timeout: TIMEOUT_MS },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });

  /**
   * @param now milliseconds since the epoch
   * @throws DeliveryError whose message contains neither the URL nor the secret
   */
  async post({ url, secret }: WebhookTarget, body: string, now: number, signal: AbortSignal): Promise<void> {
    const { hostname } = new URL(url);
    if (isForbiddenHost(hostname)) throw new DeliveryError('webhooks may not reach this address', true);
    const seconds = Math.floor(now / 1000);
    let status: number;
    try {
      const { statusCode, body: answer } = await request(url, {
        method: 'POST',
        dispatcher: this.agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'autoscaler',
          'x-autoscaler-timestamp': String(seconds),
          'x-autoscaler-signature': signatureOf(secret, seconds, body),
        },
        body,
      });
      status = statusCode;
      await answer.dump();
    } catch (cause) {
      const code = (cause as { code?: unknown }).code;
      throw new DeliveryError(typeof code === 'string' ? code : 'no answer', false, { cause });
    }
    if (status >= 200 && status < 300) return;
    const isTemporary = status >= 500 || status === 408 || status === 429;
    throw new DeliveryError(`HTTP ${status}`, !isTemporary);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}
