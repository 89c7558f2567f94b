import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { AppError, BadRequestError, NotFoundError } from './app-error.js';
import type { ErrorDto } from './error.dto.js';
import { traceId } from './trace.js';

/** Shapes every error of every route; what nobody foresaw is logged whole and told as nothing but its trace id. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const error = toAppError(exception);
    if (error.status >= 500)
      this.logger.error(exception instanceof Error ? (exception.stack ?? exception.message) : String(exception));
    sendError(response, error);
  }
}

/** Answers with an error where no Nest filter runs: in plain middleware. */
export function sendError(response: Response, error: AppError): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(error.retryAfterSeconds));
  response.status(error.status).json(errorBody(error));
}

/** The one shape of an error, for sockets as for requests. */
export function errorBody(error: AppError): ErrorDto {
  return {
    error: error.message,
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
    trace_id: traceId() ?? 'none',
  };
}

/** Any thrown value as an `AppError`; a 500 without a word about the inside for what is none of ours. */
export function toAppError(exception: unknown): AppError {
  if (exception instanceof AppError) return exception;
  if (exception instanceof HttpException) return fromHttpException(exception);
  return new AppError(500, 'internal_error', 'something went wrong here; the trace id finds it in the log');
}

/** What Nest's pipe for ids says, which names neither the field nor what it should be. */
const NO_UUID = 'Validation failed (uuid is expected)';

function fromHttpException(exception: HttpException): AppError {
  const status = exception.getStatus();
  if (exception.message === NO_UUID) {
    const error = 'an id in the path must be a UUID such as 7b0f5f4e-6e0f-4c1e-9d6f-0f9f4a3c2b1d';
    return new BadRequestError('validation_failed', error, [{ field: 'id', error }]);
  }
  if (status === 404) return new NotFoundError('route_not_found', exception.message);
  return new AppError(status, codeOf(exception.message, status), exception.message);
}

function codeOf(message: string, status: number): string {
  const word = message
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
  return word === '' || word.length > 40 ? `http_${status}` : word;
}
