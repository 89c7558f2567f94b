import type { Seen } from '../baselines/seen.js';
import { type Circumstances, Learner } from './learner.js';
import { restoreSnapshot, snapshot } from './memory.js';

/** A stored model: about 60 KiB; the size depends only on the lead time. */
export interface StoredModel extends Circumstances {
  readonly version: 6;
  /** The last step the model has learned, minutes since the epoch. */
  readonly minute: number;
  readonly memory: Uint8Array;
}

/** Steps between snapshots: the maximum to replay from an older state. */
const COPIED_EVERY = 60;

/** Steps learned since the last snapshot, newest first. */
interface Lesson {
  readonly seen: Seen;
  /** The previous step, minutes since the epoch. */
  readonly last: number;
  readonly before: Lesson | null;
}

/**
 * A learned model as an immutable value. It is large, so it is not part of the state's JSON and is stored separately
 * (`stored`). A snapshot per step would cost as much as learning: the live learner is handed to the next state, and
 * only a caller that continues twice from the same state, or from an older one, pays for a snapshot and the replay
 * since then.
 */
export class Model {
  private constructor(
    readonly circumstances: Circumstances,
    readonly minute: number,
    private readonly memory: Uint8Array,
    private readonly lessons: { readonly newest: Lesson | null; readonly count: number },
    private learner: Learner | null,
  ) {}

  /** The state of `learner`, which must afterwards be used only through `take`. */
  static of(learner: Learner, circumstances: Circumstances, minute: number): Model {
    return new Model(circumstances, minute, snapshot(learner.parts()), { newest: null, count: 0 }, learner);
  }

  static from({ version, minute, memory, ...circumstances }: StoredModel): Model | null {
    if (version !== 6 || !Number.isFinite(minute)) return null;
    return new Model(circumstances, minute, memory, { newest: null, count: 0 }, null);
  }

  /**
   * The state after one more step of `learner`, which was taken from here and must afterwards be used only through
   * `take`.
   */
  after(learner: Learner, seen: Seen, minute: number): Model {
    const { circumstances, memory, lessons } = this;
    if (lessons.count + 1 >= COPIED_EVERY) return Model.of(learner, circumstances, minute);
    const newest = { seen, last: this.minute, before: lessons.newest };
    return new Model(circumstances, minute, memory, { newest, count: lessons.count + 1 }, learner);
  }

  stored(): StoredModel {
    return { version: 6, ...this.circumstances, minute: this.minute, memory: this.bytes() };
  }

  /** A learner in this state; `null` if the snapshot does not fit these circumstances. */
  take(): Learner | null {
    const { learner } = this;
    this.learner = null;
    return learner ?? this.remade();
  }

  /** Returns a learner that was taken and is still in this state. */
  giveBack(learner: Learner): void {
    this.learner = learner;
  }

  toJSON(): undefined {
    return undefined;
  }

  private bytes(): Uint8Array {
    if (this.lessons.newest === null) return this.memory;
    const learner = this.learner ?? this.remade();
    return learner === null ? this.memory : snapshot(learner.parts());
  }

  private remade(): Learner | null {
    const made = Learner.begin(this.circumstances, 1);
    if (!restoreSnapshot(made.parts(), this.memory)) return null;
    made.controller.forecaster.look();
    const lessons: Lesson[] = [];
    for (let lesson = this.lessons.newest; lesson !== null; lesson = lesson.before) lessons.push(lesson);
    for (const { seen, last } of lessons.toReversed()) made.learn(seen, last);
    return made;
  }
}
