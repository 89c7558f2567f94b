import type { Schema } from '../api/client';

export type Missing = Schema['ConnectionTestDto']['missing'][number];
type Use = Missing['needed_for'];

/** What rights are needed for, the most modest use first. */
export const USES: Readonly<Record<Use, string>> = {
  reading: 'To read',
  acting: 'To scale',
  taking_over: 'To take over from another autoscaler',
};

/** The missing rights of each use. */
export function rightsByUse(missing: readonly Missing[]): readonly { readonly use: Use; readonly rights: string[] }[] {
  return (Object.keys(USES) as Use[]).map((use) => ({
    use,
    rights: missing.filter(({ needed_for: of }) => of === use).map(({ right }) => right),
  }));
}

/** A cluster that only recommends needs no more than to read: only what that lacks is a warning. */
export function colorOf(missing: readonly Missing[]): 'green' | 'blue' | 'yellow' {
  if (missing.length === 0) return 'green';
  return lacksReading(missing) ? 'yellow' : 'blue';
}

export function headline(missing: readonly Missing[]): string {
  if (missing.length === 0) return 'It works';
  if (lacksReading(missing)) return 'It cannot read all that clusters need';
  return missing.some(({ needed_for: use }) => use === 'acting')
    ? 'It works for clusters that only recommend'
    : 'It works, except for taking over';
}

function lacksReading(missing: readonly Missing[]): boolean {
  return missing.some(({ needed_for: use }) => use === 'reading');
}
