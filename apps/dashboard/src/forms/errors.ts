import { knownLabel } from './labels';

export interface FieldError {
  readonly field: string;
  readonly error: string;
}

/** A value of the wrong type breaks other rules, too, which say nothing more. */
const OF_TYPE = /must be (an integer number|a number|a string)/;

/** What class-validator adds where a number may have a fraction. */
const OF_LIBRARY = ' conforming to the specified constraints';

/**
 * The errors of one field, and of the fields in it, as one text with the labels of the form; `null`: none.
 *
 * @param label of a field whose form is made from a schema
 */
export function errorOf(field: string, details: readonly FieldError[], label = knownLabel(field)): string | null {
  const own = details.filter((detail) => detail.field === field || detail.field.startsWith(`${field}.`));
  const first = own.find(({ error }) => OF_TYPE.test(error));
  const shown = first === undefined ? own : [first];
  return shown.length === 0
    ? null
    : shown.map((each) => inLabels(each, each.field === field ? label : undefined)).join('; ');
}

/** An error of the service with the labels of the form in place of the API's names. */
export function inLabels({ field, error }: FieldError, label = knownLabel(field)): string {
  const path = field.split('.');
  const own = path.at(-1) ?? field;
  const parent = path.slice(0, -1);
  const said = error.replace(OF_LIBRARY, '');
  // Its own name begins the sentence; names of other fields are recognized by their underscore.
  const name = [field, own].find((one) => said.startsWith(`${one} `));
  const begun = label === null || name === undefined ? said : `${label}${said.slice(name.length)}`;
  return begun.replaceAll(
    /(?<![\w.])[a-z]+(?:_[a-z]+)+\b/g,
    (other) => knownLabel([...parent, other].join('.')) ?? knownLabel(other) ?? other,
  );
}
