import { useSearchParams } from 'react-router';

/** Filters of the audit log as the address of the page has them; empty: no filter. */
export interface AuditFilter {
  readonly who: string;
  /** An action, or `kind:` and a kind of target. */
  readonly what: string;
  /** Name of what was changed. */
  readonly to: string;
  readonly refused: boolean;
  /** A range that ends now, as `24h`; `between`: `from` and `until` count. */
  readonly when: string;
  readonly from: string;
  readonly until: string;
}

export const BETWEEN = 'between';
const KIND = 'kind:';
const NONE: AuditFilter = { who: '', what: '', to: '', refused: false, when: '', from: '', until: '' };

/** The filter in the address, so that it can be reloaded, bookmarked and sent to others. */
export function useAuditFilter(): readonly [AuditFilter, (change: Partial<AuditFilter>) => void, () => void] {
  const [search, setSearch] = useSearchParams();
  const filter = { ...textsIn(search), refused: search.get('refused') === 'true' };
  const change = (changed: Partial<AuditFilter>): void =>
    setSearch(
      (before) => {
        const next = { ...textsIn(before), refused: before.get('refused') === 'true', ...changed };
        const entries = Object.entries(next).filter(([, value]) => value !== '' && value !== false);
        return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
      },
      { replace: true },
    );
  return [filter, change, () => setSearch({}, { replace: true })];
}

function textsIn(search: URLSearchParams): Omit<AuditFilter, 'refused'> {
  const { refused: _refused, ...texts } = NONE;
  return Object.fromEntries(Object.keys(texts).map((name) => [name, search.get(name) ?? ''])) as typeof texts;
}

export function isFiltered(filter: AuditFilter): boolean {
  return Object.values(filter).some((value) => value !== '' && value !== false);
}

/** The query of the API. Times of the fields are local. */
export function queryOf({ who, what, to, refused, when, from, until }: AuditFilter): Record<string, string> {
  const isKind = what.startsWith(KIND);
  const query = {
    actor: who,
    action: isKind ? '' : what,
    target_type: isKind ? what.slice(KIND.length) : '',
    target: to,
    outcome: refused ? 'failure' : '',
    range: when === BETWEEN ? '' : when,
    from: when === BETWEEN ? instant(from) : '',
    to: when === BETWEEN ? instant(until) : '',
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

/** RFC 3339 of what a field for date and time has; empty without a valid one. */
function instant(local: string): string {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
