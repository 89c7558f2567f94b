/** That other autoscalers of a cluster were switched off for this service. */
export interface TakenOver {
  /** Their kinds and names: "HorizontalPodAutoscaler web". */
  readonly objects: readonly string[];
}

/** What becomes of one step of a take-over, or of the way back. */
export type HandOverOutcome =
  /** Not carried out: it was only asked which steps there are. */
  | 'planned'
  | 'done'
  /** It was so before. */
  | 'unchanged'
  /** The object does not exist any more. */
  | 'gone';

/** One step of a take-over, or of the way back. */
export interface HandOverStep {
  /** Kind and name of what it changes: "HorizontalPodAutoscaler web". */
  readonly object: string;
  /** What it does, in a sentence. */
  readonly action: string;
  /** A command for a shell that does the same. */
  readonly command: string;
  /** A command that undoes it; `null`: nothing is to be undone. */
  readonly undo: string | null;
  readonly outcome: HandOverOutcome;
  /** What was found otherwise than expected, in a sentence; `null`: nothing. */
  readonly note: string | null;
}

/** A take-over, or the way back. */
export interface HandOver {
  /** The other autoscalers that are taken over: kinds and names. */
  readonly objects: readonly string[];
  readonly steps: readonly HandOverStep[];
}
