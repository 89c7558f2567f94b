import { Injectable } from '@nestjs/common';
import { ExternalScaler } from './external-scaler.js';
import type { IsActiveResponse, ScaledObjectRef } from './external-scaler.definition.js';
import { ScalerError } from './scaler.error.js';

/** Streams at once; KEDA opens one for each `external-push` trigger. */
const MOST_STREAMS = 5000;

/** An open stream of a client. */
export interface ActivityStream {
  write(response: IsActiveResponse): void;
}

interface Watched {
  readonly ref: ScaledObjectRef;
  sent: boolean | null;
}

/** Tells clients when a workload needs its first replica, or none any more. */
@Injectable()
export class ActivityStreams {
  private readonly streams = new Map<ActivityStream, Watched>();
  private sweeping: Promise<void> | null = null;

  constructor(private readonly scaler: ExternalScaler) {}

  get size(): number {
    return this.streams.size;
  }

  /** @throws ScalerError where there are too many */
  add(stream: ActivityStream, ref: ScaledObjectRef): void {
    if (this.streams.size >= MOST_STREAMS)
      throw new ScalerError('RESOURCE_EXHAUSTED', `there are ${MOST_STREAMS} streams already`);
    this.streams.set(stream, { ref, sent: null });
    void this.sweep();
  }

  remove(stream: ActivityStream): void {
    this.streams.delete(stream);
  }

  /** Sends what changed. Where it is not known whether a workload is active nothing is sent: KEDA keeps what it was told. */
  async sweep(): Promise<void> {
    this.sweeping ??= this.sendChanges().finally(() => {
      this.sweeping = null;
    });
    await this.sweeping;
  }

  private async sendChanges(): Promise<void> {
    for (const [stream, watched] of this.streams) {
      const response = await this.scaler.isActive(watched.ref).catch(() => null);
      if (response === null || response.result === watched.sent || !this.streams.has(stream)) continue;
      watched.sent = response.result;
      stream.write(response);
    }
  }
}
