import { randomUUID } from 'node:crypto';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
  ValidationPipe,
  type ValidationError,
} from '@nestjs/common';
import type { Response } from 'express';

/** One thing that is wrong with a request. */
export interface ErrorDetail {
  readonly field: string;
  readonly message: string;
}

/** An answer other than success: status, a stable code for programs, a sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details?: readonly ErrorDetail[],
  ) {
    super(message);
  }
}

/** The request is malformed; every fault is named with its field. */
export function validationError(details: readonly ErrorDetail[]): ApiError {
  const sentence = details.map(({ message }) => message).join('; ');
  return new ApiError(400, 'validation_failed', sentence, details);
}

export function clusterNotFound(id: string): ApiError {
  return new ApiError(404, 'cluster_not_found', `there is no cluster "${id}"`);
}

/** Gives every error the one shape `{error, code, details?, trace_id}`. */
@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ApiErrorFilter.name);

  catch(fault: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const traceId = randomUUID();
    const { status, code, message, details } = this.describe(fault, traceId);
    if (response.headersSent) return;
    response.status(status).json({ error: message, code, ...(details && { details }), trace_id: traceId });
  }

  private describe(fault: unknown, traceId: string): Pick<ApiError, 'status' | 'code' | 'message' | 'details'> {
    if (fault instanceof ApiError) return fault;
    // Nest's own (no such route) and the body parser's (malformed JSON, too large) carry a status.
    const status = fault instanceof HttpException ? fault.getStatus() : statusOf(fault);
    if (status < 500) return new ApiError(status, CODES[status] ?? 'bad_request', (fault as Error).message);
    this.logger.error(`${traceId}: ${fault instanceof Error ? fault.stack : String(fault)}`);
    return new ApiError(500, 'internal_error', 'something went wrong in the simulator; its log says what');
  }
}

const CODES: Readonly<Record<number, string>> = { 404: 'route_not_found', 413: 'body_too_large' };

function statusOf(fault: unknown): number {
  const status = (fault as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : 500;
}

/** Checks bodies against their DTO classes; fields that no DTO knows are faults. */
export function requestValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (errors) => validationError(errors.flatMap((error) => detailsOf(error))),
  });
}

function detailsOf(error: ValidationError, parent = ''): ErrorDetail[] {
  const field = parent + error.property;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => detailsOf(child, `${field}.`))];
}
