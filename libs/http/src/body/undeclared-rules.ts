import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import { catchError, from, mergeMap, type Observable, throwError } from 'rxjs';
import { BadRequestError, type ErrorDetail } from '../app-error.js';
import { validationFailed } from '../validation.pipe.js';

/**
 * Adds the faults of rules that classes cannot declare to the errors of a body that is not valid otherwise, because a
 * form should show everything at once. A valid body gets them from the service.
 */
export abstract class UndeclaredRules implements NestInterceptor {
  /** @param body as sent, without `null`; its fields may be anything. What this throws is ignored. */
  protected abstract faultsOf(
    body: Readonly<Record<string, unknown>>,
    context: ExecutionContext,
  ): Promise<readonly ErrorDetail[]>;

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(
        catchError((error: unknown) =>
          from(this.completed(error, context)).pipe(mergeMap((all) => throwError(() => all))),
        ),
      );
  }

  private async completed(error: unknown, context: ExecutionContext): Promise<unknown> {
    if (!(error instanceof BadRequestError) || error.code !== 'validation_failed') return error;
    const { details = [] } = error;
    const body: unknown = context.switchToHttp().getRequest<Request>().body;
    // Without details the body was too complex, and not read.
    if (details.length === 0 || typeof body !== 'object' || body === null) return error;
    const known = new Set(details.map(({ field }) => field));
    const others = (await this.knownFaults(withoutNulls(body), context)).filter(({ field }) => !known.has(field));
    return others.length === 0 ? error : validationFailed([...details, ...others]);
  }

  /** None where the rules cannot be read: the error of the body is certain. */
  private async knownFaults(...given: Parameters<UndeclaredRules['faultsOf']>): Promise<readonly ErrorDetail[]> {
    try {
      return await this.faultsOf(...given);
    } catch {
      return [];
    }
  }
}

/** `null` counts as absent, as in a valid body. */
function withoutNulls(body: object): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(body, (_key, value: unknown) => (value === null ? undefined : value));
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}
