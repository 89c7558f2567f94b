import { Injectable } from '@nestjs/common';
import { ExternalScaler } from './external-scaler.js';
import type { IsActiveResponse, ScaledObjectRef } from './external-scaler.definition.js';
import { ScalerError } from './scaler.error.js';

/** Open streams of all kinds; KEDA opens one for each `external-push` trigger. */
const MOST_STREAMS = 5000;
/** Clusters that a sweep reads at once. */
const ASKED_AT_ONCE = 8;

/** An open stream of a client. */
export interface ActivityStream {
  write(response: IsActiveResponse): void;
}

interface Watched {
  readonly stream: ActivityStream;
  readonly ref: ScaledObjectRef;
  sent: boolean | null;
}

/** Notifies clients when a workload needs its first replica, or none any more. */
@Injectable()
export class ActivityStreams {
  /** Every open stream, and the workload that it reports; `null`: none, or not yet. */
  private readonly streams = new Map<object, Watched | null>();
  private sweeping: Promise<void> | null = null;

  constructor(private readonly scaler: ExternalScaler) {}

  get size(): number {
    return this.streams.size;
  }

  /** @throws ScalerError if there are too many */
  open(stream: object): void {
    if (this.streams.size >= MOST_STREAMS)
      throw new ScalerError('RESOURCE_EXHAUSTED', `there are ${MOST_STREAMS} streams already`);
    this.streams.set(stream, null);
  }

  /** Reports on an open stream whether a workload is active. @throws ScalerError if the stream may not read it */
  async watch(stream: ActivityStream, ref: ScaledObjectRef): Promise<void> {
    await this.scaler.check(ref);
    // It may have been closed meanwhile.
    if (!this.streams.has(stream)) return;
    const watched: Watched = { stream, ref, sent: null };
    this.streams.set(stream, watched);
    void this.sendChange(watched);
  }

  remove(stream: object): void {
    this.streams.delete(stream);
  }

  /** Sends what changed. Sends nothing while it is unknown whether a workload is active: KEDA keeps the last state. */
  async sweep(): Promise<void> {
    this.sweeping ??= this.sendChanges().finally(() => {
      this.sweeping = null;
    });
    await this.sweeping;
  }

  private async sendChanges(): Promise<void> {
    const watched = [...this.streams.values()].filter((one) => one !== null);
    for (let start = 0; start < watched.length; start += ASKED_AT_ONCE)
      await Promise.all(watched.slice(start, start + ASKED_AT_ONCE).map(async (one) => this.sendChange(one)));
  }

  private async sendChange(watched: Watched): Promise<void> {
    const { stream, ref } = watched;
    const response = await this.scaler.isActive(ref).catch(() => null);
    if (response === null || response.result === watched.sent || !this.streams.has(stream)) return;
    watched.sent = response.result;
    stream.write(response);
  }
}
