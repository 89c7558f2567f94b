import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { LiveBus, type LiveEvents, type LiveTopic } from '#scaler';
import { INSTANCE_ADAPTER, type InstanceAdapter } from './instance.adapter.js';
import type { Interest } from './interest.js';
import type { LiveClient } from './live.client.js';
import { LiveClients } from './live.clients.js';
import { NewClusters } from './new-clusters.js';
import { Outbox } from './outbox.js';
import { Relay, type RelayOwner, type RelayStatistics } from './relay.js';
import { Replay } from './replay.js';
import { summaryOf } from './summary.js';
import type { Acknowledge, LiveServer, SentEvent } from './wire.js';

const TOPICS = ['metrics', 'cluster_state', 'decision', 'scaling_event', 'forecast', 'alert', 'backtest'] as const;
/** By how much instances may hear of the same events in another order, in milliseconds. */
const OVERLAP_MS = 2000;

/** Sends what happens to clusters to the clients that watch them, those of other instances too, and keeps it for clients that come back. */
@Injectable()
export class FanOut implements RelayOwner {
  private readonly logger = new Logger(FanOut.name);
  private readonly instance = randomBytes(6).toString('hex');
  private readonly replay: Replay;
  private relay: Relay | undefined;
  private closing = false;
  private unlisten: (() => void)[] = [];

  constructor(
    private readonly bus: LiveBus,
    private readonly clients: LiveClients,
    private readonly newClusters: NewClusters,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(INSTANCE_ADAPTER) openAdapter: (() => InstanceAdapter) | null,
  ) {
    this.replay = new Replay(this.instance, config.websocket.replayWindow, openAdapter === null ? 0 : OVERLAP_MS);
  }

  /** Hears and is heard by other instances from now on. */
  connect(io: LiveServer, adapter: InstanceAdapter): void {
    const { instance, clock, config } = this;
    const relay = new Relay(instance, io, adapter, this, clock, config.websocket.replayWindow);
    this.clients.onInterest = () => relay.interestChanged();
    this.relay = relay;
  }

  /** Listens to what happens here, from the first client on. */
  listen(): void {
    if (this.closing || this.unlisten.length > 0) return;
    this.unlisten = TOPICS.map((topic) => this.bus.on(topic, (event) => this.send(event)));
  }

  /** Stops listening where neither a client nor another instance wants anything, or may want it when it is back. */
  rest(): void {
    const [somebody, others] = [this.clients.prune(), this.relay?.prune() ?? false];
    if (!somebody && !others) this.stopListening();
  }

  /** Stops for good. */
  stop(): void {
    this.closing = true;
    this.stopListening();
  }

  /** Ends the connection to other instances; clients are gone by then. */
  async close(): Promise<void> {
    await this.relay?.close();
  }

  /**
   * Sends what was missed and watches from there on, in one go, so that nothing falls in between. More than may wait for a client is not
   * sent: it is told that it missed something, and REST tells what.
   *
   * @param last the id of the last event that the client heard
   */
  watchFrom(
    client: LiveClient,
    ids: readonly string[],
    last: string | undefined,
    acknowledge: Acknowledge | undefined,
  ): void {
    const { missed, events } =
      last === undefined ? { missed: false, events: [] } : this.replay.since(new Set(ids), last, this.clock.now());
    const shown = events.flatMap((event) => (client.summary ? (summaryOf(event) ?? []) : event));
    const tooMany = shown.length > Outbox.room(ids.length);
    acknowledge?.({ ok: true, count: ids.length, missed: missed || tooMany });
    for (const id of ids) this.clients.watch(client, id);
    if (!tooMany) for (const event of shown) client.send(event);
  }

  statistics(): RelayStatistics {
    return this.relay?.statistics() ?? { relayed: 0, received: 0, dropped: 0 };
  }

  /** What this instance's clients want of the others. */
  interest(): Interest {
    return this.clients.interest();
  }

  /** An event of another instance. */
  receive(event: SentEvent): void {
    this.replay.keep(event, this.clock.now());
    this.deliver(event);
  }

  /** Clusters that another instance heard of for the first time. */
  introduce(clusterIds: readonly string[]): void {
    this.newClusters.introduce(clusterIds);
  }

  /** Others want to hear of clusters that are ticked here. */
  wanted(): void {
    this.listen();
  }

  /** Disconnects the clients: when they come back they are told that they missed something, and load it over REST. */
  lost(): void {
    this.logger.warn(
      `lost events of other instances; disconnecting ${this.clients.size} clients, which load what they missed`,
    );
    this.replay.interrupted(this.clock.now());
    for (const { socket } of this.clients.all) socket.conn.close();
  }

  private stopListening(): void {
    for (const end of this.unlisten) end();
    this.unlisten = [];
    this.newClusters.forget();
    this.replay.clear();
  }

  private send(event: LiveEvents[LiveTopic]): void {
    const { cluster_id: id } = event;
    if (!this.newClusters.isKnown(id)) {
      this.newClusters.introduce([id]);
      this.relay?.introduce(id);
    }
    const now = this.clock.now();
    const details = [this.clients.detail(id, now), this.relay?.wants(id) ?? null];
    if (details.every((detail) => detail === null)) return;
    const sent = this.replay.add(event, now);
    this.deliver(sent);
    if (this.relay === undefined) return;
    const shown = details.includes('full') ? sent : summaryOf(sent);
    if (shown !== null) this.relay.publish(shown);
  }

  private deliver(sent: SentEvent): void {
    let short: SentEvent | null | undefined;
    for (const client of this.clients.watching(sent.cluster_id)) {
      const shown = client.summary ? (short ??= summaryOf(sent)) : sent;
      if (shown !== null) client.send(shown);
    }
  }
}
