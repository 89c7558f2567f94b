import { type Sentences, stepMaker } from '../step.js';
import { capital, duration, headed, percent, serversOf } from '../words.js';

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

function metrics({ cpu, memory = null }: { readonly cpu: number; readonly memory?: number | null }): string {
  return `CPU ${percent(cpu)}${memory === null ? '' : `, memory ${percent(memory)}`}`;
}

/** What was found, and the number behind it. */
interface Finding {
  /** As the end of a headline, with one number. */
  readonly words: string;
  /** A whole sentence; empty: none. */
  readonly behind: string;
}

/** CPU or memory, whichever is above its threshold. */
function above({ cpu, memory, cpu_threshold: limit, memory_threshold: ofMemory }: Both): Finding {
  return memory !== null && memory > ofMemory && cpu <= limit
    ? { words: `memory is ${percent(memory)}, above the limit`, behind: `The limit is ${percent(ofMemory)}.` }
    : { words: `CPU is ${percent(cpu)}, above the limit`, behind: `The limit is ${percent(limit)}.` };
}

function emergency(data: Extract<Found, { readonly found: 'emergency' }>): string {
  return data.cpu < data.threshold && data.memory !== null
    ? `memory is ${percent(data.memory)}`
    : `CPU is ${percent(data.cpu)}`;
}

function finding(data: Found): Finding {
  switch (data.found) {
    case 'emergency':
      return {
        words: `${emergency(data)}, above the emergency limit`,
        behind: `The emergency limit is ${percent(data.threshold)}.`,
      };
    case 'spike':
      return {
        words: `CPU rose by ${Math.round(data.rise)} points`,
        behind: `It is ${percent(data.cpu)}, and was that much lower ${duration(data.window_ms)} ago or less.`,
      };
    case 'rising':
      return {
        words: `CPU is ${percent(data.cpu)} and rising`,
        behind: `It will be above ${percent(data.cpu_threshold)} within ${duration(data.window_ms)}.`,
      };
    case 'above':
      return above(data);
    case 'below':
    case 'cpu_below':
      return {
        words: `CPU is ${percent(data.cpu)}, below the limit`,
        behind: `The limit is ${percent(data.cpu_threshold)}.`,
      };
    case 'memory_unknown':
      return { words: `CPU is ${percent(data.cpu)}, but memory is no longer known`, behind: '' };
    case 'between':
      return { words: `${metrics(data)}: within limits`, behind: '' };
    default:
      return data satisfies never;
  }
}

/** Why high memory does not block a removal. */
function memoryOf(data: Found): string {
  if (data.found !== 'cpu_below') return '';
  return data.memory_from_load === null
    ? `Memory is ${percent(data.memory)}, but does not depend on the load.`
    : `Memory is ${percent(data.memory)}, of which the load causes ${percent(data.memory_from_load)}.`;
}

/** A headline around the finding, and what is behind both. */
function around(headline: (words: string) => string, data: Found, ...behind: readonly string[]): string {
  const found = finding(data);
  return headed(headline(found.words), found.behind, ...behind);
}

const atOnce = (data: Found, { after }: { readonly after: number }): string =>
  around((words) => `${serversOf(after)} at once: ${words}.`, data);

const waiting = (data: Found & Sustained): string =>
  around((words) => `${capital(words)}: acting once it lasts ${duration(data.required_ms)}.`, data);

const lasted = ({ sustained_ms: ms }: Sustained): string => `It has lasted ${duration(ms)}.`;

const cooldown = (
  { elapsed_ms: elapsed, cooldown_ms: wait }: Cooldown,
  { after }: { readonly after: number },
): string =>
  headed(
    `Staying at ${after}: the last change was ${duration(elapsed)} ago.`,
    `The next is possible ${duration(wait)} after it.`,
  );

/** The sentences of `threshold`, by code. */
export const THRESHOLD_SENTENCES = {
  metrics_missing: () => 'No proposal by threshold: CPU is not known.',

  emergency: atOnce,
  spike: atOnce,
  normal: (data: Found) => around((words) => `${capital(words)}.`, data),
  high_not_sustained: waiting,
  high: (data: Found & Sustained, { after }) =>
    around((words) => `${serversOf(after)}: ${words}.`, data, data.found === 'rising' ? '' : lasted(data)),
  low_not_sustained: waiting,
  low: (data: Found & Sustained & { readonly step_would_add: boolean }, { after }) =>
    around(
      (words) => `${serversOf(after)}: ${words}.`,
      data,
      lasted(data),
      memoryOf(data),
      data.step_would_add ? 'Fewer would be too busy.' : '',
    ),
  still_provisioning: (data: Found) =>
    around((words) => `${capital(words)}, but new servers are still starting.`, data),
  removal_would_add: (data: Found & { readonly projected_servers: number }, { after }) =>
    headed(
      `Staying at ${after}: ${serversOf(data.projected_servers)} would be too busy.`,
      `With ${data.projected_servers}: ${metrics(data)}.`,
    ),

  cooldown_up: cooldown,
  cooldown_down: cooldown,
} satisfies Sentences;

export const step = stepMaker(THRESHOLD_SENTENCES, 'threshold');
