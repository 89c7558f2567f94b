import { parentPort, workerData } from 'node:worker_threads';
import type { StoredModel } from '#engine';
import { Past, type PastMinute, type PastSetting } from '#world';

/** Input of the thread. In tests the worker runs as source, so it must not import neighboring files. */
export interface PastWorkerData {
  readonly setting: PastSetting;
  /** Only minutes after this time are answered, milliseconds since the epoch; the others are played, too. */
  readonly after: number;
  /** How many minutes an answer has. */
  readonly minutes: number;
}

/** An answer of the thread, one for each message that it gets. */
export interface PastPart {
  /** None: the past is over. */
  readonly minutes: readonly PastMinute[];
  /** What was learned until the last of them; `null` except at the end, and without a service level. */
  readonly model: StoredModel | null;
}

const { setting, after, minutes } = workerData as PastWorkerData;
const past = new Past(setting);
const lastAt = setting.firstAt + (setting.load.length - 1) * 60_000;

parentPort?.on('message', () => {
  let next = past.next(minutes);
  while (next.length > 0 && next.at(-1)!.observation.at <= after) next = past.next(minutes);
  const fresh = next.filter(({ observation }) => observation.at > after);
  const model = fresh.at(-1)?.observation.at === lastAt ? past.model : null;
  parentPort?.postMessage({ minutes: fresh, model } satisfies PastPart);
});
