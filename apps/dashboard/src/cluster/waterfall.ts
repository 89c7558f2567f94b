/** The parts of a step that a bar needs. */
interface Counted {
  readonly stage: string;
  readonly before: number | null;
  readonly after: number;
  readonly aside?: boolean;
}

/** A step of a decision, and its place in the waterfall. */
export interface Row<S extends Counted> {
  readonly step: S;
  /**
   * Counts that the bar leads from and to; `from` is `null` for the first one, which starts at 0. `null`: the step changes
   * no count, and is not part of the sum.
   */
  readonly bar: { readonly from: number | null; readonly to: number } | null;
}

/**
 * The rows of a waterfall, in order. Each bar begins where the one before ended, so that the first count plus all
 * changes is the decided count. Forecasts, and policies that did not decide, have no part in that.
 */
export function waterfall<S extends Counted>(steps: readonly S[]): readonly Row<S>[] {
  let count: number | null = null;
  return steps.map((step) => {
    // Decisions of an older version do not mark the steps that are no part of the sum.
    if (step.aside === true || step.stage === 'forecast') return { step, bar: null };
    const bar = { from: count, to: step.after };
    count = step.after;
    return { step, bar };
  });
}

/** Whether a step that changes no count proposes one, which was not followed. */
export function isProposal({ stage }: Counted): boolean {
  return stage !== 'forecast' && stage !== 'observe';
}
