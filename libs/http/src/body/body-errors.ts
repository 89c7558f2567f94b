import { AppError, BadRequestError } from '../app-error.js';

/** Converts errors of body-parser; returns any other error unchanged. */
export function fromBodyParser(exception: unknown): unknown {
  const { type, limit } = (exception ?? {}) as { type?: unknown; limit?: unknown };
  switch (type) {
    case 'entity.too.large':
      return new AppError(413, 'body_too_large', `the request body is larger than ${String(limit)} bytes`);
    case 'entity.parse.failed':
      return new BadRequestError('malformed_json', 'the request body is not valid JSON');
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new AppError(
        415,
        'unsupported_encoding',
        'the request body must be JSON in UTF-8, and not compressed: send it without Content-Encoding',
      );
    case 'request.aborted':
    case 'request.size.invalid':
      return new BadRequestError('incomplete_body', 'the request body ended early');
    default:
      return exception;
  }
}
