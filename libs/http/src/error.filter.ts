import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { traceId } from '#tracing';
import { allowedMethods } from './allowed-methods.js';
import { AppError, BadRequestError, NotFoundError } from './app-error.js';
import type { ErrorDto } from './error.dto.js';

/** Renders every error of every route. Unexpected errors are logged with their stack and answered with their trace id only. */
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
    if (error.status >= 500) {
      const { method, path } = host.switchToHttp().getRequest<Request>();
      logError(this.logger, `${method} ${path}`, exception);
    }
    sendError(response, error);
  }
}

/** Logs a sentence; only an unexpected error has its stack trace, behind it. */
export function logError(logger: Logger, what: string, exception: unknown): void {
  if (exception instanceof AppError) logger.error(`${what} was answered ${exception.status}: ${exception.message}`);
  else if (exception instanceof Error) logger.error(`${what} failed: ${exception.message}`, exception.stack);
  else logger.error(`${what} failed: ${String(exception)}`);
}

/** A wrong method on an existing path is answered with 405, not 404. */
function withAllowedMethods(error: AppError, request: Request, response: Response, wrongId: boolean): AppError {
  if (error.code !== ROUTE_NOT_FOUND && !wrongId) return error;
  // What is not an id may be a path without parameters.
  const allowed = allowedMethods(request, { literal: wrongId });
  if (allowed.length === 0) return error;
  response.setHeader('Allow', allowed.join(', '));
  const message = `${request.method} is not allowed on ${request.path}; use ${allowed.join(', ')}`;
  return new AppError(405, 'method_not_allowed', message);
}

/** Answers with an error in middleware, where no Nest filter runs. */
export function sendError(response: Response, error: AppError): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(error.retryAfterSeconds));
  response.status(error.status).json(errorBody(error));
}

/** The common error shape, for sockets and requests. */
export function errorBody(error: AppError): ErrorDto {
  return {
    error: error.message,
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
    trace_id: traceId() ?? 'none',
  };
}

/** Any thrown value as an `AppError`; unexpected ones become a 500 without internal details. */
export function toAppError(exception: unknown): AppError {
  if (exception instanceof AppError) return exception;
  if (exception instanceof HttpException) return fromHttpException(exception);
  return new AppError(500, 'internal_error', 'internal error; search the log for the trace id');
}

const ROUTE_NOT_FOUND = 'route_not_found';
/** The message of Nest's pipe for ids, which names neither the field nor the expected form. */
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

/** The name of the status, such as `bad_request`: messages of libraries change with their releases. */
function codeOf(status: number): string {
  return (STATUS_CODES[status] ?? `http_${status}`).toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
}
