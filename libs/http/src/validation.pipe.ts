import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { BadRequestError, type ErrorDetail } from './app-error.js';

/** Validates bodies and queries against their DTO classes; every wrong field is told at once. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
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

function detailsOf(error: ValidationError, parent: string): ErrorDetail[] {
  const field = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    error: rule === 'whitelistValidation' ? `${field} is not a known field` : message,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => detailsOf(child, field))];
}
