/** The visible range: a live range that ends now, or a fixed one. Milliseconds. */
export type View =
  | { readonly kind: 'live'; readonly rangeMs: number }
  | { readonly kind: 'fixed'; readonly from: number; readonly to: number };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const RANGES = [
  { value: '5m', label: '5 min', ms: 5 * MINUTE },
  { value: '15m', label: '15 min', ms: 15 * MINUTE },
  { value: '1h', label: '1 h', ms: HOUR },
  { value: '6h', label: '6 h', ms: 6 * HOUR },
  { value: '24h', label: '24 h', ms: DAY },
  { value: '7d', label: '7 d', ms: 7 * DAY },
  { value: '30d', label: '30 d', ms: 30 * DAY },
] as const;
export const DEFAULT_RANGE = '15m';
const SHORTEST_MS = 20_000;
const LONGEST_MS = 400 * DAY;

/** The view of a URL; by default the last 15 minutes. */
export function viewOf(named: Record<'from' | 'to' | 'range', string | null>): View {
  const from = Date.parse(named.from ?? '');
  const to = Date.parse(named.to ?? '');
  if (from < to) return { kind: 'fixed', from, to };
  const name = named.range ?? DEFAULT_RANGE;
  return { kind: 'live', rangeMs: (RANGES.find(({ value }) => value === name) ?? RANGES[1]).ms };
}

/** URL parameters of a view; `null`: the parameter must be absent. */
export function parametersOf(view: View): Record<'from' | 'to' | 'range', string | null> {
  if (view.kind === 'fixed') {
    return { from: new Date(view.from).toISOString(), to: new Date(view.to).toISOString(), range: null };
  }
  const range = RANGES.find(({ ms }) => ms === view.rangeMs)?.value ?? DEFAULT_RANGE;
  return { from: null, to: null, range: range === DEFAULT_RANGE ? null : range };
}

/** First and last visible time. */
export function spanOf(view: View, now: number): readonly [number, number] {
  return view.kind === 'fixed' ? [view.from, view.to] : [now - view.rangeMs, now];
}

/** A live view is shortened where at least this share of it is before the history. */
const EMPTY_SHARE = 0.05;
/** The shortest live view. */
const YOUNGEST_MS = MINUTE;

/** A live view that begins with the history of a cluster, at `begins`, milliseconds since the epoch. */
export function begun(view: View, begins: number, now: number): View {
  if (view.kind === 'fixed' || begins - (now - view.rangeMs) < EMPTY_SHARE * view.rangeMs) return view;
  return { kind: 'live', rangeMs: Math.min(view.rangeMs, Math.max(YOUNGEST_MS, now - begins)) };
}

/** The range to load for a live view, ms: that of the history, which grows in few steps, so that it is seldom loaded. */
export function loadedMs(rangeMs: number, begins: number, now: number): number {
  const minutes = Math.max(1, (now - begins) / MINUTE);
  return Math.min(rangeMs, MINUTE * 2 ** Math.ceil(Math.log2(minutes)));
}

/**
 * The range to load for a fixed view: with a margin of its own length around it, aligned to half its length, so that
 * small movements need no request.
 */
export function around({ from, to }: Extract<View, { kind: 'fixed' }>): { readonly from: number; readonly to: number } {
  const half = Math.max(1000, (to - from) / 2);
  return { from: Math.floor(from / half - 1) * half, to: Math.ceil(to / half + 1) * half };
}

/**
 * `factor` 0.5 shows half as much, 2 twice as much.
 *
 * @param fixedAt time that stays in place; default: the middle, for a live view its end
 */
export function zoomed(view: View, factor: number, now: number, fixedAt?: number): View {
  const [from, to] = spanOf(view, now);
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (to - from) * factor));
  const still = fixedAt ?? (view.kind === 'fixed' ? (from + to) / 2 : to);
  const start = still - ((still - from) / (to - from)) * length;
  return fixed(start, start + length, now);
}

/** By a share of the range; negative: into the past. */
export function panned(view: View, share: number, now: number): View {
  const [from, to] = spanOf(view, now);
  const by = (to - from) * share;
  return fixed(from + by, to + by, now);
}

/** Never into the future. */
export function fixed(from: number, to: number, now: number): View {
  const over = Math.max(0, to - now);
  return { kind: 'fixed', from: Math.round(from - over), to: Math.round(to - over) };
}
