import { type Sentences, stepMaker } from '../step.js';

/** What the rules find of a cluster. CPU, memory and thresholds in percent; memory is `null` where it is not known. */
export type Found =
  | { readonly found: 'emergency'; readonly cpu: number; readonly memory: number | null; readonly threshold: number }
  | { readonly found: 'spike'; readonly cpu: number; readonly rise: number; readonly window_ms: number }
  | { readonly found: 'rising'; readonly cpu: number; readonly cpu_threshold: number; readonly window_ms: number }
  | ({ readonly found: 'above' | 'below' } & Both)
  | {
      readonly found: 'cpu_below';
      readonly cpu: number;
      readonly memory: number;
      readonly cpu_threshold: number;
      /** Memory that comes from load; `null` where none does. */
      readonly memory_from_load: number | null;
    }
  | { readonly found: 'memory_unknown'; readonly cpu: number }
  | { readonly found: 'between'; readonly cpu: number; readonly memory: number | null };

interface Both {
  readonly cpu: number;
  readonly memory: number | null;
  readonly cpu_threshold: number;
  readonly memory_threshold: number;
}

/** How long a threshold has been crossed without interruption, and how long it has to be. */
export interface Sustained {
  readonly sustained_ms: number;
  readonly required_ms: number;
}

interface Cooldown {
  readonly elapsed_ms: number;
  readonly cooldown_ms: number;
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function seen({ cpu, memory }: { readonly cpu: number; readonly memory: number | null }): string {
  return memory === null ? `CPU is ${percent(cpu)}` : `CPU is ${percent(cpu)} and memory ${percent(memory)}`;
}

/** What was found, as the beginning of a sentence. */
function finding(data: Found): string {
  switch (data.found) {
    case 'emergency':
      return `${seen(data)}: at or above ${percent(data.threshold)} is an emergency`;
    case 'spike':
      return `Demand rose by ${Math.round(data.rise)} points of CPU to ${percent(data.cpu)} within ${seconds(data.window_ms)}`;
    case 'rising':
      return `CPU is ${percent(data.cpu)} and demand rises: above ${percent(data.cpu_threshold)} within ${seconds(data.window_ms)}`;
    case 'above':
      return `${seen(data)}: above ${percent(data.cpu_threshold)} or ${percent(data.memory_threshold)}`;
    case 'below': {
      const memory = data.memory === null ? '' : ` and ${percent(data.memory_threshold)}`;
      return `${seen(data)}: below ${percent(data.cpu_threshold)}${memory}`;
    }
    case 'cpu_below': {
      const why =
        data.memory_from_load === null
          ? 'memory does not follow load, so it does not count'
          : `load takes only ${percent(data.memory_from_load)} of the memory above its floor`;
      return `${seen(data)}: CPU is below ${percent(data.cpu_threshold)}, and ${why}`;
    }
    case 'memory_unknown':
      return `CPU is ${percent(data.cpu)}, and memory, which was known before, is not known now`;
    case 'between':
      return `${seen(data)}: between the thresholds`;
    default:
      return data satisfies never;
  }
}

const notSustained = (data: Found & Sustained): string =>
  `${finding(data)}, but not yet for ${seconds(data.required_ms)}.`;

const cooldown =
  (direction: 'up' | 'down') =>
  ({ elapsed_ms: elapsed, cooldown_ms: wait }: Cooldown): string =>
    `The last scaling was ${seconds(elapsed)} ago; the next ${direction} may come after ${seconds(wait)}.`;

/** The sentences of `threshold`, by code. */
export const THRESHOLD_SENTENCES = {
  metrics_missing: () => 'CPU is not known, so this policy asks for nothing.',

  emergency: (data: Found) => `${finding(data)}.`,
  spike: (data: Found) => `${finding(data)}.`,
  normal: (data: Found) => `${finding(data)}.`,
  high_not_sustained: notSustained,
  high: (data: Found & Sustained) => `${finding(data)} for ${seconds(data.sustained_ms)}.`,
  low_not_sustained: notSustained,
  low: (data: Found & Sustained & { readonly step_would_add: boolean }, { after }) =>
    `${finding(data)} for ${seconds(data.sustained_ms)}${
      data.step_would_add ? `, and with fewer than ${after} servers more would be asked for again` : ''
    }.`,
  still_provisioning: (data: Found) => `${finding(data)}, but servers are still on their way.`,
  removal_would_add: (data: Found & { readonly projected_servers: number }) =>
    `With ${data.projected_servers} servers more would be asked for again: ${finding(data)}.`,

  cooldown_up: cooldown('up'),
  cooldown_down: cooldown('down'),
} satisfies Sentences;

export const step = stepMaker(THRESHOLD_SENTENCES, 'threshold');
