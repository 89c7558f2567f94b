import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { BadRequestError, type ErrorDetail } from './app-error.js';
import { boundedCopy, boundsOf, within } from './body/bounds.js';
import { addFault, type Faults, knownFields, MOST_FAULTS } from './body/known-fields.js';

/** Maximum length of a field name in an error. */
const LONGEST_FIELD = 100;

/** Validates bodies and queries against their DTO classes; reports all wrong fields at once, up to a limit. */
export function validationPipe(): ValidationPipe {
  return new BoundaryPipe({
    transform: true,
    stopAtFirstError: false,
    exceptionFactory: (errors) => new Invalid(errors),
  });
}

/** An error of class-validator. */
class Invalid extends Error {
  constructor(readonly errors: readonly ValidationError[]) {
    super('the request is not valid');
  }
}

/**
 * Checks that classes cannot declare: the size of the structure, that a body is an object, that no field is unknown. They run
 * before class-transformer and class-validator, whose cost grows with the square of their input.
 */
class BoundaryPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Parameters of custom decorators do not come from the request.
    if (metadata.type === 'custom') return value;
    const given = boundedCopy(metadata.type === 'body' ? bodyOf(value) : value, {
      bounds: boundsOf(metadata.metatype),
      field: metadata.data ?? '',
      // `null` counts as absent: the services do not distinguish the two.
      withoutNulls: metadata.type === 'body',
    });
    const { metatype } = metadata;
    if (metatype === undefined || !this.toValidate(metadata)) return super.transform(given, metadata);
    const faults: Faults = { details: [], count: 0 };
    const known = knownFields(metatype as new () => object, given, '', faults);
    try {
      const read = (await super.transform(known, metadata)) as unknown;
      if (faults.count === 0) return read;
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      const reported = new Set(faults.details.map(({ field }) => field));
      for (const { field, error: why } of error.errors.flatMap((each) => detailsOf(each, ''))) {
        // An omitted optional field is not missing.
        if (!reported.has(field)) addFault(faults, field, why);
      }
    }
    throw invalid(faults);
  }
}

/** Without a body, all fields are missing. */
function bodyOf(value: unknown): unknown {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new BadRequestError('validation_failed', 'the request body must be a JSON object');
  }
  return value;
}

/** Limits the number of listed faults. */
export function validationFailed(details: readonly ErrorDetail[]): BadRequestError {
  return invalid({ details: details.slice(0, MOST_FAULTS), count: details.length });
}

function invalid({ details, count }: Faults): BadRequestError {
  const shown = details.map(({ field, error }) => ({ field: cut(field), error: error.replaceAll(field, cut(field)) }));
  const more = count > MOST_FAULTS ? `; and ${count - MOST_FAULTS} more` : '';
  return new BadRequestError('validation_failed', shown.map(({ error }) => error).join('; ') + more, shown);
}

function cut(field: string): string {
  return field.length > LONGEST_FIELD ? `${field.slice(0, LONGEST_FIELD)}…` : field;
}

function detailsOf(error: ValidationError, parent: string): ErrorDetail[] {
  const field = within(parent, error.property);
  const own = Object.values(error.constraints ?? {}).map((message) => ({ field, error: message }));
  return [...own, ...(error.children ?? []).flatMap((child) => detailsOf(child, field))];
}
