import { Button, Group } from '@mantine/core';
import type { ApiError } from '../api/client';
import { FormFailure } from '../forms/form-failure';

interface FormEndProps {
  /** Label of the submit button. */
  readonly label: string;
  readonly pending: boolean;
  /** Whether the form cannot be submitted; a field shows the reason. */
  readonly disabled?: boolean;
  readonly failure: ApiError | null;
  readonly onCancel: () => void;
}

/** End of a form in a dialog: what is wrong with it, and the buttons. */
export function FormEnd({ label, pending, disabled = false, failure, onCancel }: FormEndProps) {
  return (
    <>
      <FormFailure failure={failure} />
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
