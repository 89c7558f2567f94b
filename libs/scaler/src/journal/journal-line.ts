import { z } from 'zod';
import type { DecisionRow } from '../decisions/decision.repository.js';
import type { ClusterStateRow } from '../loop/cluster-state.repository.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';

/** An intent and its decision; written before the provider is called. */
export interface IntentLine {
  readonly kind: 'intent';
  readonly event: ScalingEvent;
  readonly decision: DecisionRow;
}

/** What is known of a cluster after a tick: its state, and outcomes of intents. */
export interface TickLine {
  readonly kind: 'tick';
  readonly state: ClusterStateRow;
  readonly outcomes: readonly ScalingEvent[];
}

/** A line of the journal: JSON. */
export type JournalLine = IntentLine | TickLine;

const count = z.int().min(0);

const event = z.object({
  id: z.guid(),
  clusterId: z.guid(),
  at: z.number(),
  finishedAt: z.number().nullable(),
  action: z.enum(['SCALE_UP', 'SCALE_DOWN']),
  serversBefore: count,
  serversAfter: count.nullable(),
  desired: count,
  policy: z.string(),
  code: z.string(),
  reason: z.string(),
  outcome: z.enum(['pending', 'success', 'partial', 'failed']),
  error: z.string().nullable(),
});

const line = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('intent'),
    event,
    decision: z.looseObject({
      id: z.guid(),
      clusterId: z.guid(),
      policyRole: z.literal('acting'),
      decision: z.looseObject({ at: z.number(), action: z.string(), steps: z.array(z.looseObject({})) }),
    }),
  }),
  z.object({
    kind: z.literal('tick'),
    state: z.looseObject({ clusterId: z.guid(), tickedAt: z.number(), engineState: z.looseObject({}) }),
    outcomes: z.array(event),
  }),
]);

export interface ParsedJournal {
  readonly lines: readonly JournalLine[];
  /** Whole lines that cannot be read: not written by this program, or changed since. */
  readonly damaged: number;
  /** The last line has no line break and cannot be read, as a process that was killed leaves it. */
  readonly isTorn: boolean;
}

export function parseJournal(text: string): ParsedJournal {
  const lines: JournalLine[] = [];
  let damaged = 0;
  let isTorn = false;
  const all = text.split('\n');
  for (const [index, written] of all.entries()) {
    if (written === '') continue;
    const read = parsed(written);
    if (read === null && index === all.length - 1) isTorn = true;
    else if (read === null) damaged += 1;
    else lines.push(read);
  }
  return { lines, damaged, isTorn };
}

function parsed(written: string): JournalLine | null {
  try {
    // What the schema leaves open is what this program wrote itself.
    return line.parse(JSON.parse(written)) as unknown as JournalLine;
  } catch {
    return null;
  }
}

/** Each ends with a line break: what follows a torn line begins a new one. */
export function printJournal(lines: readonly JournalLine[]): string {
  return lines.map((one) => `${JSON.stringify(one)}\n`).join('');
}
