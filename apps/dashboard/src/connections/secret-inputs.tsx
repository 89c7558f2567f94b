import type { ApiError } from '../api/client';
import { SecretInput } from './secret-input';

export type Secrets = Readonly<Record<string, string>>;

interface SecretInputsProps {
  readonly names: readonly string[];
  readonly value: Secrets;
  readonly onChange: (value: Secrets) => void;
  readonly failure: ApiError | null;
}

/** One input for each secret of a connection type. */
export function SecretInputs({ names, value, onChange, failure }: SecretInputsProps) {
  return names.map((name) => (
    <SecretInput
      key={name}
      name={name}
      value={value[name] ?? ''}
      onChange={(text) => onChange({ ...value, [name]: text })}
      error={failure?.about(`secrets.${name}`)}
    />
  ));
}

export function withoutEmpty(secrets: Secrets): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''));
}
