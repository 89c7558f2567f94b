import { getMetadataStorage } from 'class-validator';
import type { ErrorDetail } from '../app-error.js';
import { within } from './bounds.js';

/** A list whose class says no number of items has room for this many. */
const DEFAULT_MAX_ITEMS = 100;
/** How `IsPart` marks its fields among the rules of a class. */
export const PART = 'isPart';

export type PartType = () => new () => object;

interface Field {
  readonly part: PartType | undefined;
  readonly isList: boolean;
  readonly maxItems: number;
}

type Shape = ReadonlyMap<string, Field>;

/** What is wrong with a request, with no more kept of it than is told. */
export interface Faults {
  readonly details: ErrorDetail[];
  /** How many there are, those that are not kept included. */
  count: number;
}

/** Faults that an answer lists. */
export const MOST_FAULTS = 20;

export function addFault(faults: Faults, field: string, error: string): void {
  faults.count += 1;
  if (faults.details.length < MOST_FAULTS) faults.details.push({ field, error });
}

const shapes = new WeakMap<object, Shape>();

/**
 * Leaves of `value` what `type` knows: what validates and transforms it never meets a field that is not declared, nor a list that is longer
 * than declared, nor a list where one part is expected.
 *
 * @param faults where what is left out is added
 */
export function knownFields(type: new () => object, value: unknown, field: string, faults: Faults): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const shape = shapeOf(type);
  const entries: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    const name = within(field, key);
    const known = shape.get(key);
    if (known === undefined) addFault(faults, name, `${name} is not a known field`);
    else if (Array.isArray(inner) && known.isList && inner.length > known.maxItems)
      addFault(faults, name, `${key} must contain no more than ${known.maxItems} elements`);
    else if (Array.isArray(inner) && known.part !== undefined && !known.isList)
      addFault(faults, name, `${key} must be an object`);
    else entries.push([key, knownPart(known, inner, name, faults)]);
  }
  return Object.fromEntries(entries);
}

function knownPart({ part, isList }: Field, value: unknown, field: string, faults: Faults): unknown {
  if (part === undefined) return value;
  const type = part();
  if (!isList) return knownFields(type, value, field, faults);
  if (!Array.isArray(value)) return value;
  return value.map((item, index) => knownFields(type, item, within(field, String(index)), faults));
}

/** Read from the rules of class-validator, which classes that are derived from others (`PartialType`) inherit. */
function shapeOf(type: new () => object): Shape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    const fields = new Map<string, Field>();
    for (const rule of getMetadataStorage().getTargetValidationMetadatas(type, '', false, false)) {
      const { name, constraints, each, propertyName } = rule;
      const before = fields.get(propertyName) ?? { part: undefined, isList: false, maxItems: DEFAULT_MAX_ITEMS };
      const [first] = (constraints ?? []) as unknown[];
      fields.set(propertyName, {
        part: name === PART ? (first as PartType) : before.part,
        isList: before.isList || each || name === 'isArray',
        maxItems: name === 'arrayMaxSize' ? (first as number) : before.maxItems,
      });
    }
    shapes.set(type, (shape = fields));
  }
  return shape;
}
