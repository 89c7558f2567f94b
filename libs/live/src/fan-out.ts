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
/** By how much the order of events may differ between instances, in milliseconds. */
const OVERLAP_MS = 2000;

/** Sends events of clusters to the clients that watch them, on other instances too, and keeps them for clients that reconnect. */
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

  /** Joins the exchange of events with other instances. */
  connect(io: LiveServer, adapter: InstanceAdapter): void {
    const { instance, clock, config } = this;
    const relay = new Relay(instance, io, adapter, this, clock, config.websocket.replayWindow);
    this.clients.onInterest = () => relay.interestChanged();
    this.relay = relay;
  }

  /** Starts listening to the events of this instance, with the first client. */
  listen(): void {
    if (this.closing || this.unlisten.length > 0) return;
    this.unlisten = TOPICS.map((topic) => this.bus.on(topic, (event) => this.send(event)));
  }

  /** Stops listening once no client and no other instance needs events, and none may reconnect for them. */
  rest(): void {
    const [clients, others] = [this.clients.prune(), this.relay?.prune() ?? false];
    if (!clients && !others) this.stopListening();
  }

  /** Stops. */
  stop(): void {
    this.closing = true;
    this.stopListening();
  }

  /** Closes the connection to other instances, after the clients are gone. */
  async close(): Promise<void> {
    await this.relay?.close();
  }

  /**
   * Sends missed events and starts watching in one step, so that no event is lost in between. More events than a client may have pending
   * are not sent: the client learns that it missed some, and loads them over REST.
   *
   * @param last the id of the last event that the client received
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

  /** What the clients of this instance need from other instances. */
  interest(): Interest {
    return this.clients.interest();
  }

  /** An event of another instance. */
  receive(event: SentEvent): void {
    this.replay.keep(event, this.clock.now());
    this.deliver(event);
  }

  /** New clusters of another instance. */
  introduce(clusterIds: readonly string[]): void {
    this.newClusters.introduce(clusterIds);
  }

  /** Other instances need events of clusters that are ticked here. */
  wanted(): void {
    this.listen();
  }

  /** Disconnects the clients: on reconnect they learn that they missed events, and load them over REST. */
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
