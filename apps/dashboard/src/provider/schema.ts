/** The supported part of a provider's JSON Schema. */
export interface FieldSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
  readonly maxLength?: number;
  /** The type of the stored connections that the field names one of. */
  readonly 'x-connection'?: string;
}

/** Values of a JSON object in a form: empty fields are not sent. */
export type Value = Readonly<Record<string, unknown>>;

export type FieldKind = 'choice' | 'connection' | 'text' | 'lines' | 'number' | 'flag' | 'list' | 'group' | 'json';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly label: string;
  readonly required: boolean;
  readonly schema: FieldSchema;
}

/** The fields of an object in declaration order, groups last. `type` is selected elsewhere. */
export function fieldsOf({ properties = {}, required = [] }: FieldSchema): readonly Field[] {
  const fields = Object.entries(properties)
    .filter(([name]) => name !== 'type')
    .map(([name, declared]) => {
      const schema = withoutNull(declared);
      const label = schema.title ?? wordsOf(name);
      return { name, kind: kindOf(schema), label, required: required.includes(name), schema };
    });
  return [...fields.filter(({ kind }) => kind !== 'group'), ...fields.filter(({ kind }) => kind === 'group')];
}

/** A copy without empty fields, also in groups; `undefined` if nothing is left. */
export function pruned(value: Value): Value | undefined {
  const kept = Object.entries(value).flatMap(([name, each]): [string, unknown][] => {
    const inner = isGroup(each) ? pruned(each) : each;
    return inner === undefined || inner === '' || inner === null ? [] : [[name, inner]];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

export function isGroup(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Placeholder of an empty field: the default, or an example. */
export function placeholderOf({ default: fallback, examples }: FieldSchema): string | undefined {
  const shown = fallback ?? examples?.[0];
  return typeof shown === 'string' || typeof shown === 'number' ? String(shown) : undefined;
}

const SIMPLE: Readonly<Record<string, FieldKind>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'flag',
};

/** A longer text is one of several lines, such as a certificate. */
const LONGEST_LINE = 2000;

function kindOf({ type = '', enum: choices, properties, items, ...rest }: FieldSchema): FieldKind {
  if (choices !== undefined) return 'choice';
  if (rest['x-connection'] !== undefined) return 'connection';
  if (type === 'string' && (rest.maxLength ?? 0) > LONGEST_LINE) return 'lines';
  if (type === 'object' && properties !== undefined) return 'group';
  if (type === 'array' && items?.type === 'string') return 'list';
  return SIMPLE[type] ?? 'json';
}

/** A nullable field may also be omitted. */
function withoutNull(schema: FieldSchema): FieldSchema {
  const { anyOf, ...rest } = schema;
  const choices = anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return choices.length === 1 ? { ...choices[0], ...rest } : schema;
}

/** `cluster_id` as `Cluster id`. */
export function wordsOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
