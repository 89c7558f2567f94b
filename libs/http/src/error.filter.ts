import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { traceId } from '#tracing';
import { allowedMethods } from './allowed-methods.js';
import { AppError, BadRequestError, NotFoundError } from './app-error.js';
import type { ErrorDto } from './error.dto.js';

/** Shapes every error of every route; what nobody foresaw is logged whole and told as nothing but its trace id. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const error = withAllowedMethods(
      toAppError(exception),
      host.switchToHttp().getRequest<Request>(),
      response,
      isWrongId(exception),
    );
    if (error.status >= 500)
      this.logger.error(exception instanceof Error ? (exception.stack ?? exception.message) : String(exception));
    sendError(response, error);
  }
}

/** A path that is there, asked with a method that it does not have, is not a path that leads nowhere. */
function withAllowedMethods(error: AppError, request: Request, response: Response, wrongId: boolean): AppError {
  if (error.code !== ROUTE_NOT_FOUND && !wrongId) return error;
  // What is no id may be the name of a path of its own.
  const allowed = allowedMethods(request, { literal: wrongId });
  if (allowed.length === 0) return error;
  response.setHeader('Allow', allowed.join(', '));
  const message = `${request.method} is not allowed on ${request.path}; use ${allowed.join(', ')}`;
  return new AppError(405, 'method_not_allowed', message);
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
  return new AppError(500, 'internal_error', 'internal error; search the log for the trace id');
}

const ROUTE_NOT_FOUND = 'route_not_found';
/** What Nest's pipe for ids says, which names neither the field nor what it should be. */
const NO_UUID = 'Validation failed (uuid is expected)';

function isWrongId(exception: unknown): boolean {
  return exception instanceof HttpException && exception.message === NO_UUID;
}

function fromHttpException(exception: HttpException): AppError {
  const status = exception.getStatus();
  if (isWrongId(exception)) {
    const error = 'an id in the path must be a UUID such as 7b0f5f4e-6e0f-4c1e-9d6f-0f9f4a3c2b1d';
    return new BadRequestError('validation_failed', error, [{ field: 'id', error }]);
  }
  if (status === 404) return new NotFoundError(ROUTE_NOT_FOUND, exception.message);
  return new AppError(status, codeOf(status), exception.message);
}

/** The name of the status, such as `bad_request`: what libraries say changes with their releases. */
function codeOf(status: number): string {
  return (STATUS_CODES[status] ?? `http_${status}`).toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
}
