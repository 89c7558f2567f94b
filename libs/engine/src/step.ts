import type { PolicyKind, Stage, Step } from './types.js';

/** The counts of a step; a step without `before` starts the chain at the count that it ends at. */
interface Counts {
  readonly before: number;
  readonly after: number;
}

/** Sentences by code. Each is made only of its step's data, so that programs can read everything that people do. */
export type Sentences = Readonly<Record<string, (data: never, counts: Counts) => string>>;

/** @returns a function that makes steps with the codes of `sentences` */
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
