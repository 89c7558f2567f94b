import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { BadRequestError, type ErrorDetail } from './app-error.js';

/** Nobody asks for anything this deep, and what walks through a body must not run out of stack. */
const DEEPEST = 32;

/** Validates bodies and queries against their DTO classes; every wrong field is told at once. */
export function validationPipe(): ValidationPipe {
  return new BoundaryPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: false,
    exceptionFactory: (errors) => {
      const details = errors.flatMap((error) => detailsOf(error, ''));
      return new BadRequestError('validation_failed', details.map(({ error }) => error).join('; '), details);
    },
  });
}

/** What no class can say of itself: a body is an object, and no text holds what no database stores. */
class BoundaryPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const given = metadata.type === 'body' ? bodyOf(value) : value;
    refuseNul(given, metadata.data ?? '');
    return (await super.transform(given, metadata)) as unknown;
  }
}

/** A request without a body lacks every field. A field that is `null` was not given: nothing else tells the two apart. */
function bodyOf(value: unknown): unknown {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new BadRequestError('validation_failed', 'the request body must be a JSON object');
  }
  return withoutNulls(value, 0);
}

function withoutNulls(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) throw new BadRequestError('validation_failed', 'the request body is nested too deeply');
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner, depth + 1)]])),
  );
}

/** PostgreSQL's text has no NUL. */
function refuseNul(value: unknown, field: string): void {
  if (typeof value === 'string' && value.includes('\0')) {
    const error = `${field === '' ? 'the request' : field} must not contain a NUL character`;
    throw new BadRequestError('validation_failed', error, [{ field, error }]);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) refuseNul(inner, field === '' ? key : `${field}.${key}`);
}

function detailsOf(error: ValidationError, parent: string): ErrorDetail[] {
  const field = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    error: rule === 'whitelistValidation' ? `${field} is not a known field` : message,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => detailsOf(child, field))];
}
