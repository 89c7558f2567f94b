import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import type { Caller } from '#auth';
import { BacktestService } from '#backtests';
import { type Cluster, ClusterRepository } from '#clusters';
import { APP_CONFIG, type AppConfig, Clock, formatDuration } from '#config';
import { ASSUMED_LEAD_MS, type StoredModel } from '#engine';
import { ModelAdoption, PastWriter } from '#scaler';
import type { PastSetting } from '#world';
import { playInThread } from './past.thread.js';
import { serversOf, SimulatedCloud } from '../simulated-cloud.js';

const MINUTE_MS = 60_000;
const PAST_MINUTES = 14 * 1440;
const SAMPLES_FOR_MS = 7_200_000;
/** The end of a past that its backtest plays. */
const BACKTESTED_MS = 7 * 1440 * MINUTE_MS;
/** Written in one transaction: the embedded database makes ticks wait meanwhile. */
const WRITTEN_TOGETHER = 240;

/**
 * The first two weeks of the demo's clusters: played by the engine in virtual time, against the load that the simulator
 * continues, and for a service level a backtest of their end. Interrupted, it continues at the next start.
 */
@Injectable()
export class DemoPast implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Demo');
  private readonly stop = new AbortController();
  private playing: Promise<void> = Promise.resolve();

  constructor(
    private readonly clusters: ClusterRepository,
    private readonly past: PastWriter,
    private readonly models: ModelAdoption,
    private readonly backtests: BacktestService,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /**
   * Plays what is missing of the pasts of these clusters, one after the other; clusters that have none
   * are left out. Resolves at the end, never rejects.
   *
   * @param caller for whom the backtests are made
   */
  async begin(caller: Caller, clusterIds: readonly string[]): Promise<void> {
    if (!this.stop.signal.aborted) this.playing = this.playAll(caller, clusterIds);
    return this.playing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.playing;
  }

  private async playAll(caller: Caller, clusterIds: readonly string[]): Promise<void> {
    const played: boolean[] = [];
    for (const id of clusterIds) {
      played.push(await this.attempt(id, 'the past', 'the next start continues it', async () => this.play(id)));
    }
    // Not at every start: users remove backtests.
    if (!played.includes(true)) return;
    for (const id of clusterIds) {
      await this.attempt(id, 'the backtest', 'request one on its page', async () => this.backtest(caller, id));
    }
  }

  /** @returns what `work` returns; `false` if it failed, which is logged unless the service stops */
  private async attempt(id: string, what: string, help: string, work: () => Promise<boolean>): Promise<boolean> {
    if (this.stop.signal.aborted) return false;
    try {
      return await work();
    } catch (error) {
      const { message } = error as Error;
      if (!this.stop.signal.aborted) this.logger.warn(`${what} of cluster ${id} is incomplete: ${message}; ${help}`);
      return false;
    }
  }

  /** Plays the policies that are usual elsewhere against the end of a past. @returns whether it was requested */
  private async backtest(caller: Caller, id: string): Promise<boolean> {
    const cluster = await this.clusters.find(id);
    const until = cluster?.simulatedUntil ?? null;
    if (cluster?.policy.slo === undefined || until === null) return false;
    const { count } = await this.backtests.list(caller, id, { limit: 1 });
    if (count > 0) return false;
    const [from, to] = [until - BACKTESTED_MS, until].map((at) => new Date(at).toISOString()) as [string, string];
    await this.backtests.create(caller, id, { from, to, provisioning: formatDuration(ASSUMED_LEAD_MS) });
    return true;
  }

  /** @returns whether something was missing */
  private async play(id: string): Promise<boolean> {
    const cluster = await this.clusters.find(id);
    const until = cluster?.simulatedUntil ?? null;
    if (cluster === null || until === null) return false;
    await this.past.removeEvents(id, this.clock.now() - this.config.database.retention.decisions);
    const lastAt = (Math.ceil(until / MINUTE_MS) - 1) * MINUTE_MS;
    const firstAt = lastAt - (PAST_MINUTES - 1) * MINUTE_MS;
    const after = (await this.past.lastBefore(id, until)) ?? firstAt - MINUTE_MS;
    if (after >= lastAt) return false;
    const setting = await this.settingOf(cluster, firstAt, lastAt);
    const model = await this.write(id, setting, after, lastAt);
    if (model !== null) await this.models.adopt(id, model);
    return true;
  }

  private async write(id: string, setting: PastSetting, after: number, lastAt: number): Promise<StoredModel | null> {
    let learned: StoredModel | null = null;
    const data = { setting, after, minutes: WRITTEN_TOGETHER };
    for await (const { minutes, model } of playInThread(data, this.stop.signal)) {
      const [{ observation: first }, { observation: last }] = [minutes[0]!, minutes.at(-1)!];
      // Before the last part is written, which says that the past is complete.
      if (last.at === lastAt) await this.past.summarize(setting.firstAt, first.at);
      await this.past.write(id, minutes, setting.leadTimeMs, model);
      if (last.at === lastAt) await this.past.summarize(first.at, lastAt + MINUTE_MS);
      learned = model;
    }
    return learned;
  }

  private async settingOf({ id, policy, bounds }: Cluster, firstAt: number, lastAt: number): Promise<PastSetting> {
    const cloud = new SimulatedCloud(this.config.collector.simulatorUrl);
    const described = await cloud.find(id);
    if (described === null) throw new Error('the simulator does not know it');
    const load = await cloud.loadByMinute(id, firstAt, lastAt);
    // The lead time is the one that a cluster plans with before it has measured its own.
    const samplesFrom = lastAt - SAMPLES_FOR_MS + MINUTE_MS;
    return { load, firstAt, policy, bounds, leadTimeMs: ASSUMED_LEAD_MS, ...serversOf(described), samplesFrom };
  }
}
