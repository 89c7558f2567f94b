import type { NextFunction, Request, Response } from 'express';
import { AppError, BadRequestError } from './app-error.js';
import { sendError } from './error.filter.js';

/** Answers for bodies that cannot be read. Stands right behind the parsers, because Nest rewrites their errors beyond recognition. */
export function answerUnreadableBodies(
  error: unknown,
  _request: Request,
  response: Response,
  next: NextFunction,
): void {
  const known = fromBodyParser(error);
  if (known === undefined) next(error);
  else sendError(response, known);
}

/** body-parser marks its errors with a `type`. */
function fromBodyParser(exception: unknown): AppError | undefined {
  const { type, limit } = (exception ?? {}) as { type?: unknown; limit?: unknown };
  switch (type) {
    case 'entity.too.large':
      return new AppError(413, 'body_too_large', `the request body is larger than ${String(limit)} bytes`);
    case 'entity.parse.failed':
      return new BadRequestError('malformed_json', 'the request body is not valid JSON');
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new AppError(415, 'unsupported_encoding', 'the request body must be JSON in UTF-8');
    case 'request.aborted':
    case 'request.size.invalid':
      return new BadRequestError('incomplete_body', 'the request body ended early');
    default:
      return undefined;
  }
}
