import { Textarea } from '@mantine/core';
import { wordsOf } from '../provider/schema';
import classes from './secret-input.module.css';

interface SecretInputProps {
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: string | null | undefined;
}

/** Input for a secret, hidden while typing. Keys have several lines, which a password field would join. */
export function SecretInput({ name, value, onChange, error }: SecretInputProps) {
  return (
    <Textarea
      label={wordsOf(name)}
      classNames={{ input: classes['hidden'] ?? '' }}
      autosize
      minRows={1}
      maxRows={4}
      autoComplete="off"
      spellCheck={false}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
}
