import rules from 'virtual:rules';
import { hintText } from './hint-text';

/**
 * The rule that the service applies to a field, as a hint.
 *
 * @param form the request body, by its name in the API document
 * @param note takes the place of the rule's description
 */
export function hintOf(form: string, field: string, note?: string): string | undefined {
  const rule = rules[form]?.[field];
  return rule === undefined ? note : hintText(rule, note);
}
