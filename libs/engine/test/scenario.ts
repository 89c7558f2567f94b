import { initialState, observe, settle, tick } from '../src/index.js';
import type { EngineState, Policy, Sample, Server, TickInput, TickOutput } from '../src/index.js';

export const START = Date.UTC(2026, 0, 5);
export const INTERVAL_MS = 10_000;
/** As learned by the loop. */
const WARM_UP_MS = 30_000;

/** State of a cluster at a tick; servers beyond `heard` are silent. */
export interface Look {
  readonly active: number;
  readonly provisioning?: number;
  readonly cpu?: number;
  readonly memory?: number;
  readonly requestRate?: number;
  /** Active servers that report; default: all. */
  readonly heard?: number;
  /** Active servers that have just started, with their CPU and age; the other fields describe the rest. */
  readonly young?: { readonly count: number; readonly cpu: number; readonly ageMs: number };
}

export function serversOf({ active, provisioning = 0, young }: Look, now = 0): Server[] {
  return [
    ...Array.from({ length: active }, (_, index) => ({
      id: `a${index}`,
      state: 'ACTIVE' as const,
      ...(young !== undefined && index < young.count ? { activeAt: now - young.ageMs } : {}),
    })),
    ...Array.from({ length: provisioning }, (_, index) => ({ id: `p${index}`, state: 'PROVISIONING' as const })),
  ];
}

export function samplesOf(
  { active, cpu = 50, memory = 20, requestRate = 100, heard = active, young }: Look,
  at: number,
): Sample[] {
  return Array.from({ length: heard }, (_, index) => ({
    serverId: `a${index}`,
    at,
    cpu: young !== undefined && index < young.count ? young.cpu : cpu,
    memory,
    requestRate,
  }));
}

export function inputOf(
  look: Look,
  policy: Policy,
  state: EngineState,
  now: number,
  rest: Partial<TickInput> = {},
): TickInput {
  const observation = observe({
    now,
    intervalMs: INTERVAL_MS,
    warmupMs: WARM_UP_MS,
    servers: serversOf(look, now),
    samples: samplesOf(look, now),
  });
  return {
    now,
    intervalMs: INTERVAL_MS,
    bounds: { min: 1, max: 100 },
    policy,
    observation,
    reference: look.active + (look.provisioning ?? 0),
    hold: null,
    leadTimeMs: null,
    state,
    ...rest,
  };
}

/** A cluster that is ticked repeatedly; the test chooses whether decisions are carried out. */
export class Scenario {
  state = initialState();
  now = START;

  constructor(
    readonly policy: Policy,
    private readonly rest: Partial<TickInput> = {},
  ) {}

  tick(look: Look, rest: Partial<TickInput> = {}): TickOutput['decision'] {
    const output = tick(inputOf(look, this.policy, this.state, this.now, { ...this.rest, ...rest }));
    this.state = output.state;
    this.now += INTERVAL_MS;
    return output.decision;
  }

  /** Repeats the same look; returns the last decision. */
  ticks(count: number, look: Look): TickOutput['decision'] {
    let decision = this.tick(look);
    for (let index = 1; index < count; index += 1) decision = this.tick(look);
    return decision;
  }

  carryOut({ desired, reference, at }: TickOutput['decision']): void {
    this.state = settle(this.state, desired - reference, at);
  }
}
