import type { Seen } from '../baselines/seen.js';
import { type Circumstances, Learner } from './learner.js';
import { restoreSnapshot, snapshot } from './memory.js';

/** A model as it is stored: some 60 KiB, of a size that only the lead time changes. */
export interface StoredModel extends Circumstances {
  readonly version: 6;
  /** The step that the model saw last, minutes since the Unix epoch. */
  readonly minute: number;
  readonly memory: Uint8Array;
}

/** Steps after which a model is copied: so many are made again, at most, for who goes on from an older one. */
const COPIED_EVERY = 60;

/** What was learned since the last copy, newest first. */
interface Lesson {
  readonly seen: Seen;
  /** The step before, minutes since the Unix epoch. */
  readonly last: number;
  readonly before: Lesson | null;
}

/**
 * A learned model as a value. It is large, so it is left out of the JSON of a state and stored by itself (`stored`). A copy at every step would
 * cost as much as learning does: the learner that is in this state is kept for whoever goes on from here, and only who goes on from the
 * same state twice, or from an older one, pays for a copy and for the steps since then.
 */
export class Model {
  private constructor(
    readonly circumstances: Circumstances,
    readonly minute: number,
    private readonly memory: Uint8Array,
    private readonly lessons: { readonly newest: Lesson | null; readonly count: number },
    private learner: Learner | null,
  ) {}

  /** The state that `learner` is in; it must only be used again through `take`. */
  static of(learner: Learner, circumstances: Circumstances, minute: number): Model {
    return new Model(circumstances, minute, snapshot(learner.parts()), { newest: null, count: 0 }, learner);
  }

  static from({ version, minute, memory, ...circumstances }: StoredModel): Model | null {
    if (version !== 6 || !Number.isFinite(minute)) return null;
    return new Model(circumstances, minute, memory, { newest: null, count: 0 }, null);
  }

  /** The state that `learner`, which was taken from here, is in after one more step; it must only be used again through `take`. */
  after(learner: Learner, seen: Seen, minute: number): Model {
    const { circumstances, memory, lessons } = this;
    if (lessons.count + 1 >= COPIED_EVERY) return Model.of(learner, circumstances, minute);
    const newest = { seen, last: this.minute, before: lessons.newest };
    return new Model(circumstances, minute, memory, { newest, count: lessons.count + 1 }, learner);
  }

  stored(): StoredModel {
    return { version: 6, ...this.circumstances, minute: this.minute, memory: this.bytes() };
  }

  /** A learner in this state; `null` when the state does not fit what these circumstances ask for. */
  take(): Learner | null {
    const { learner } = this;
    this.learner = null;
    return learner ?? this.remade();
  }

  /** Gives a learner back that was taken and is still in this state. */
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
