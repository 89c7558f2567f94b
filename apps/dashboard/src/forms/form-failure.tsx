import { Alert } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { ApiError } from '../api/client';
import { counted } from '../layout/words';
import { inLabels } from './errors';

/** The fields of a form that show an error; those of passwords have only a box that is marked. */
export function wrongFields(form: HTMLFormElement | null): readonly HTMLElement[] {
  const marked = '[aria-invalid="true"]:is(input, textarea), [data-error] input:not([type="hidden"])';
  return [...(form?.querySelectorAll<HTMLElement>(marked) ?? [])];
}

/**
 * What is wrong with a form, inside of it: errors beside fields are counted, others are listed. The first wrong field
 * gets the focus.
 */
export function FormFailure({ failure }: { readonly failure: ApiError | null }) {
  const place = useRef<HTMLDivElement>(null);
  const [marked, setMarked] = useState(0);
  useEffect(() => {
    const wrong = wrongFields(place.current?.closest('form') ?? null);
    setMarked(failure === null ? 0 : wrong.length);
    if (failure !== null) wrong[0]?.focus();
  }, [failure]);
  if (failure === null) return <div ref={place} hidden />;
  const fields = new Set(failure.details.map(({ field }) => field)).size;
  return (
    <div ref={place}>
      <Alert color="red" variant="light" role="alert">
        {fields > 0 && marked >= fields
          ? `Nothing was changed: ${counted(fields, 'field is wrong', 'fields are wrong')}.`
          : sentenceOf(failure)}
      </Alert>
    </div>
  );
}

function sentenceOf({ details, message }: ApiError): string {
  return details.length === 0 ? message : [...new Set(details.map((each) => inLabels(each)))].join('; ');
}
