import { decodeCursor, type HistoryQuery, periodOf } from '#http';

/** The part of a `HistoryQuery` that SQL sees; `null` where nothing is asked. */
export interface HistoryPage {
  readonly from: string | null;
  readonly to: string | null;
  readonly limit: number;
  /** Only what comes after this in the list. */
  readonly after: { readonly at: string; readonly id: string } | null;
}

/** @param nowMs milliseconds since the Unix epoch, from which a `range` counts back */
export function toHistoryPage(query: HistoryQuery, nowMs: number): HistoryPage {
  return {
    ...periodOf(query, nowMs),
    limit: query.limit,
    after: query.cursor === undefined ? null : decodeCursor(query.cursor, 'uuid'),
  };
}
