import type { Learner } from './learner.js';
import { restoreSnapshot, snapshot } from './memory.js';

/** What a model was learnt under: another promise, step or lead time makes (part of) it worthless. */
export interface Circumstances {
  /** Share of requests and share of capacity. */
  readonly violations: number;
  readonly maxUtilization: number;
  readonly stepSeconds: number;
  readonly leadSeconds: number;
}

/** A model as it is stored: some 64 KiB, of a size that only the lead time changes. */
export interface StoredModel extends Circumstances {
  readonly version: 1;
  /** The step that the model saw last, minutes since the Unix epoch. */
  readonly minute: number;
  readonly memory: Uint8Array;
}

/**
 * A learnt model as a value. It is large, so it is left out of the JSON of a state and stored by itself (`stored`), and the learner
 * that is in this state is kept for whoever goes on from here, so that only who goes on from the same state twice pays for a copy.
 */
export class Model {
  private constructor(
    readonly circumstances: Circumstances,
    readonly minute: number,
    private readonly memory: Uint8Array,
    private learner: Learner | null,
  ) {}

  /** The state that `learner` is in; it must only be used again through `take`. */
  static of(learner: Learner, circumstances: Circumstances, minute: number): Model {
    return new Model(circumstances, minute, snapshot(learner.parts()), learner);
  }

  static from({ version, minute, memory, ...circumstances }: StoredModel): Model | null {
    return version === 1 && Number.isFinite(minute) ? new Model(circumstances, minute, memory, null) : null;
  }

  stored(): StoredModel {
    return { version: 1, ...this.circumstances, minute: this.minute, memory: this.memory };
  }

  /**
   * A learner in this state.
   * @param make a new one for the same circumstances
   * @returns `null` when the state does not fit what `make` makes
   */
  take(make: () => Learner): Learner | null {
    const { learner } = this;
    if (learner !== null) {
      this.learner = null;
      return learner;
    }
    const made = make();
    return restoreSnapshot(made.parts(), this.memory) ? made : null;
  }

  /** Gives a learner back that was taken and is still in this state. */
  giveBack(learner: Learner): void {
    this.learner = learner;
  }

  toJSON(): undefined {
    return undefined;
  }
}
