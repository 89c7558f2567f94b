import { labelOf } from '../forms/labels';
import { counted, moment, number } from '../layout/words';

/** One changed field in words; `before` and `after` are `null` where there was or is no value. */
export interface Change {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** When, by whom and which: other columns show it. */
const HIDDEN = new Set([
  'id',
  'owner_id',
  'cluster_id',
  'name',
  'username',
  'version',
  'by',
  'created_at',
  'updated_at',
  'frozen_at',
  'status_reason',
]);
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** What an entry changed. Its target's removal is no change of fields; the end of a hold is. */
export function changesOf(action: string, before: object | null, after: object | null, now: number): Change[] {
  if (after === null && action !== 'cluster.scale.release') return [];
  const [was, is] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])];
  return paths.flatMap((path) => {
    const [one, other] = [was.get(path), is.get(path)].map((value) => (value === undefined ? null : said(value, now)));
    if (one === other || one === undefined || other === undefined) return [];
    return [{ field: labelOf(path), before: one, after: other }];
  });
}

type Leaf = string | number | boolean | readonly (string | number | boolean)[];

/** Fields by path. Absent and null are the same: no value. */
function leavesOf(value: unknown, path = ''): Map<string, Leaf> {
  if (value === null || value === undefined) return new Map();
  if (isList(value)) return value.length === 0 ? new Map() : new Map([[path, value]]);
  if (typeof value !== 'object') return new Map([[path, value as Leaf]]);
  const hidden = (name: string): boolean => HIDDEN.has(name) && (path === '' || name === 'by' || name === 'id');
  return new Map(
    Object.entries(value).flatMap(([name, each]) =>
      hidden(name) ? [] : [...leavesOf(each, path === '' ? name : `${path}.${name}`)],
    ),
  );
}

function isList(value: unknown): value is readonly (string | number | boolean)[] {
  return Array.isArray(value) && value.every((each) => typeof each !== 'object');
}

const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function said(value: Leaf, now: number): string {
  if (typeof value === 'number') return number(value, 3);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return TIME.test(value) ? moment(value, now) : value;
  if (value.every((each) => ID.test(String(each)))) return counted(value.length, 'cluster');
  return value.join(', ');
}
