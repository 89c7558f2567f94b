import { Alert, Button, Group } from '@mantine/core';
import type { ApiError } from '../api/client';

interface FormEndProps {
  /** What the button says that sends the form. */
  readonly label: string;
  readonly pending: boolean;
  /** Whether what was entered cannot be sent; a field says why. */
  readonly disabled?: boolean;
  readonly failure: ApiError | null;
  readonly onCancel: () => void;
}

/** The end of a form in a dialog: what is wrong with none of its fields, and the two ways out. */
export function FormEnd({ label, pending, disabled = false, failure, onCancel }: FormEndProps) {
  return (
    <>
      {failure !== null && failure.details.length === 0 && (
        <Alert color="red" variant="light" role="alert">
          {failure.message}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" loading={pending} disabled={disabled}>
          {label}
        </Button>
      </Group>
    </>
  );
}
