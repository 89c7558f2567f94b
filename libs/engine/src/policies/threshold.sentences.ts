import { type Sentences, stepMaker } from '../step.js';
import { capital, duration, percent, serversOf } from '../words.js';

/** What the rules find. CPU, memory and thresholds in percent; memory is `null` if unknown. */
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
      /** Memory caused by load; `null` if there is none. */
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

/** How long a threshold has been crossed without interruption, and the required time. */
export interface Sustained {
  readonly sustained_ms: number;
  readonly required_ms: number;
}

interface Cooldown {
  readonly elapsed_ms: number;
  readonly cooldown_ms: number;
}

/** CPU or memory, whichever is above its threshold. */
function above({ cpu, memory, cpu_threshold: limit, memory_threshold: ofMemory }: Both): string {
  return memory !== null && memory > ofMemory && cpu <= limit
    ? `memory is ${percent(memory)}, above ${percent(ofMemory)}`
    : `CPU is ${percent(cpu)}, above ${percent(limit)}`;
}

function metrics({ cpu, memory = null }: { readonly cpu: number; readonly memory?: number | null }): string {
  return `CPU ${percent(cpu)}${memory === null ? '' : `, memory ${percent(memory)}`}`;
}

/** The finding, as the end of a sentence. */
function finding(data: Found): string {
  switch (data.found) {
    case 'emergency':
      return data.cpu < data.threshold && data.memory !== null
        ? `memory is ${percent(data.memory)}, emergency limit ${percent(data.threshold)}`
        : `CPU is ${percent(data.cpu)}, emergency limit ${percent(data.threshold)}`;
    case 'spike':
      return `CPU rose by ${Math.round(data.rise)} points to ${percent(data.cpu)} within ${duration(data.window_ms)}`;
    case 'rising':
      return `CPU is ${percent(data.cpu)} and rising, above ${percent(data.cpu_threshold)} within ${duration(data.window_ms)}`;
    case 'above':
      return above(data);
    case 'below':
    case 'cpu_below':
      return `CPU is ${percent(data.cpu)}, below ${percent(data.cpu_threshold)}`;
    case 'memory_unknown':
      return `CPU is ${percent(data.cpu)}, but memory is no longer known`;
    case 'between':
      return `${metrics(data)}: within limits`;
    default:
      return data satisfies never;
  }
}

/** Why high memory does not block a removal. */
function memoryOf(data: Found): string {
  if (data.found !== 'cpu_below') return '';
  return data.memory_from_load === null
    ? ` Memory is ${percent(data.memory)}, but does not depend on the load.`
    : ` Memory is ${percent(data.memory)}, of which the load causes ${percent(data.memory_from_load)}.`;
}

const waiting = (data: Found & Sustained): string =>
  `${capital(finding(data))}: acting once it lasts ${duration(data.required_ms)}.`;

const cooldown = (
  { elapsed_ms: elapsed, cooldown_ms: wait }: Cooldown,
  { after }: { readonly after: number },
): string =>
  `Staying at ${after}: the last change was ${duration(elapsed)} ago, the next is possible after ${duration(wait)}.`;

/** The sentences of `threshold`, by code. */
export const THRESHOLD_SENTENCES = {
  metrics_missing: () => 'No proposal by threshold: CPU is not known.',

  emergency: (data: Found, { after }) => `${serversOf(after)} at once: ${finding(data)}.`,
  spike: (data: Found, { after }) => `${serversOf(after)} at once: ${finding(data)}.`,
  normal: (data: Found) => `${capital(finding(data))}.`,
  high_not_sustained: waiting,
  high: (data: Found & Sustained, { after }) =>
    data.found === 'rising'
      ? `${serversOf(after)}: ${finding(data)}.`
      : `${serversOf(after)}: ${finding(data)} for ${duration(data.sustained_ms)}.`,
  low_not_sustained: waiting,
  low: (data: Found & Sustained & { readonly step_would_add: boolean }, { after }) =>
    `${serversOf(after)}: ${finding(data)} for ${duration(data.sustained_ms)}.${memoryOf(data)}${
      data.step_would_add ? ' Fewer would be too busy.' : ''
    }`,
  still_provisioning: (data: Found) => `${capital(finding(data))}, but new servers are still starting.`,
  removal_would_add: (data: Found & { readonly projected_servers: number }, { after }) =>
    `Staying at ${after}: ${serversOf(data.projected_servers)} would be too busy (${metrics(data)}).`,

  cooldown_up: cooldown,
  cooldown_down: cooldown,
} satisfies Sentences;

export const step = stepMaker(THRESHOLD_SENTENCES, 'threshold');
