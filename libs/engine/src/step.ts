import type { PolicyKind, Stage, Step } from './types.js';

/** The counts of a step; where a step starts a count, it starts at the count that it ends at. */
interface Counts {
  readonly before: number;
  readonly after: number;
}

/** Sentences by the code of their step. Each is made of the step's numbers alone, so that programs read all that people do. */
export type Sentences = Readonly<Record<string, (data: never, counts: Counts) => string>>;

/** @returns makes the steps that `sentences` knows the codes of */
export function stepMaker<const S extends Sentences>(sentences: S, policy?: PolicyKind) {
  return <Code extends keyof S & string>(
    stage: Stage,
    code: Code,
    before: number | null,
    after: number,
    data: Parameters<S[Code]>[0],
  ): Step => {
    const reason = sentences[code]!(data, { before: before ?? after, after });
    const known: Step['data'] | undefined = data;
    return {
      stage,
      ...(policy === undefined ? {} : { policy }),
      code,
      before,
      after,
      reason,
      ...(known === undefined ? {} : { data: known }),
    };
  };
}
