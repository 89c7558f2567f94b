import { decodeCursor, type HistoryQuery, periodOf } from '#http';

/** The part of a `HistoryQuery` used in SQL; `null`: not set. */
export interface HistoryPage {
  readonly from: string | null;
  readonly to: string | null;
  readonly limit: number;
  /** Cursor: only rows after this one. */
  readonly after: { readonly at: string; readonly id: string } | null;
}

/** @param nowMs milliseconds since the epoch; `range` counts back from it */
export function toHistoryPage(query: HistoryQuery, nowMs: number): HistoryPage {
  return {
    ...periodOf(query, nowMs),
    limit: query.limit,
    after: query.cursor === undefined ? null : decodeCursor(query.cursor, 'uuid'),
  };
}
