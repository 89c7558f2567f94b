import { getMetadataStorage } from 'class-validator';
import type { ErrorDetail } from '../app-error.js';
import { within } from './bounds.js';

/** Default maximum of items of a list. */
const DEFAULT_MAX_ITEMS = 100;
/** How `IsPart` marks its fields among the rules of a class. */
export const PART = 'isPart';

export type PartType = () => new () => object;

/** One rule of class-validator for one field. */
export interface Rule {
  readonly name: string | undefined;
  readonly property: string;
  readonly constraints: readonly unknown[];
  /** Applies to each item of a list. */
  readonly each: boolean;
  /** The class of a nested part, or of the items of a list. */
  readonly part: (new () => object) | undefined;
  /** The field may be left out. */
  readonly optional: boolean;
}

/** The rules of a class, including inherited ones (also by `PartialType`). */
export function rulesOf(type: new () => object): readonly Rule[] {
  return getMetadataStorage()
    .getTargetValidationMetadatas(type, '', false, false)
    .map(({ name, propertyName, constraints, each, type: kind }) => {
      const given = (constraints ?? []) as readonly unknown[];
      return {
        name,
        property: propertyName,
        constraints: given,
        each,
        part: name === PART ? (given[0] as PartType)() : undefined,
        optional: kind === 'conditionalValidation',
      };
    });
}

interface Field {
  readonly part: (new () => object) | undefined;
  readonly isList: boolean;
  readonly maxItems: number;
}

type Shape = ReadonlyMap<string, Field>;

/** The faults of a request; keeps only as many as are reported. */
export interface Faults {
  readonly details: ErrorDetail[];
  /** Number of faults, including those that are not kept. */
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
 * Removes everything from `value` that `type` does not declare: validators and transformers never see an undeclared field, a list that is longer
 * than declared, or a list where one part is expected.
 *
 * @param faults receives what is removed
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
  if (!isList) return knownFields(part, value, field, faults);
  if (!Array.isArray(value)) return value;
  return value.map((item, index) => knownFields(part, item, within(field, String(index)), faults));
}

function shapeOf(type: new () => object): Shape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    const fields = new Map<string, Field>();
    for (const { name, property, constraints, each, part } of rulesOf(type)) {
      const before = fields.get(property) ?? { part: undefined, isList: false, maxItems: DEFAULT_MAX_ITEMS };
      fields.set(property, {
        part: part ?? before.part,
        isList: before.isList || each || name === 'isArray',
        maxItems: name === 'arrayMaxSize' ? (constraints[0] as number) : before.maxItems,
      });
    }
    shapes.set(type, (shape = fields));
  }
  return shape;
}
