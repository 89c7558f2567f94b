import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import { catchError, type Observable } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '#config';
import { BadRequestError, type ErrorDetail, validationFailed } from '#http';

/** @returns the fault of a maximum above what the configuration allows; `null`: none */
export function faultOfMaximum(max: number, allowed: number): ErrorDetail | null {
  if (max <= allowed) return null;
  const error = `max_servers must not be greater than ${allowed}, which scaler.max_servers allows`;
  return { field: 'max_servers', error };
}

/**
 * Adds what the configuration limits to the errors of a body that is not valid otherwise: classes cannot declare it, and
 * a form should show everything at once.
 */
@Injectable()
export class ConfiguredLimits implements NestInterceptor {
  constructor(@Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'scaler'>) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw this.completed(error, context.switchToHttp().getRequest<Request>().body);
      }),
    );
  }

  private completed(error: unknown, body: unknown): unknown {
    if (!(error instanceof BadRequestError) || error.code !== 'validation_failed') return error;
    const { max_servers: max } = (body ?? {}) as { readonly max_servers?: unknown };
    const fault = Number.isInteger(max) ? faultOfMaximum(max as number, this.config.scaler.maxServers) : null;
    const { details = [] } = error;
    if (fault === null || details.length === 0 || details.some(({ field }) => field === fault.field)) return error;
    return validationFailed([...details, fault]);
  }
}
