import rules from 'virtual:rules';

type Form = keyof typeof rules;

/** The rule that the service applies to a field, as a hint: `3 to 50 characters: letters, digits and underscores`. */
export function hintOf(form: Form, field: string): string | undefined {
  const rule = rules[form][field];
  if (rule === undefined) return undefined;
  const { minLength, maxLength, description } = rule;
  const length = minLength === undefined || maxLength === undefined ? null : `${minLength} to ${maxLength} characters`;
  const hint = [length, description].filter((part) => part !== null && part !== undefined).join(': ');
  return hint === '' ? undefined : hint.charAt(0).toUpperCase() + hint.slice(1);
}
