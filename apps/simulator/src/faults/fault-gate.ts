import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { AppError, sendError } from '#http';
import { Pause } from '../time/pause.js';
import { Faults } from './faults.service.js';

/** Routes of the provider; routes that control the simulator (`/spike`, `/pattern`, `/faults`) never fail. */
const PROVIDER_ROUTE = /^\/(?:clusters|metrics)(?:\/([^/?]+))?/;

/** Applies injected latency, errors and hangs before a request reaches its route. */
@Injectable()
export class FaultGate {
  private readonly hanging = new Set<Response>();

  constructor(
    private readonly faults: Faults,
    private readonly pause: Pause,
  ) {}

  /** Requests that hang and will never be answered. */
  get held(): number {
    return this.hanging.size;
  }

  /** Closes the hanging connections. */
  release(): void {
    for (const response of this.hanging) response.destroy();
    this.hanging.clear();
  }

  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    const route = PROVIDER_ROUTE.exec(request.path);
    if (!route) {
      next();
      return;
    }
    const { hang, latencyMs, errors } = this.faults.on(route[1] === undefined ? undefined : decoded(route[1]));
    if (hang) {
      this.hanging.add(response);
      response.once('close', () => this.hanging.delete(response));
    } else if (latencyMs > 0) {
      this.pause.for(latencyMs).then(() => this.answer(errors, response, next), next);
    } else {
      this.answer(errors, response, next);
    }
  };

  private answer(errors: number, response: Response, next: NextFunction): void {
    // Not through the filter of errors: one that was requested is not logged.
    if (this.faults.strikes(errors)) sendError(response, injected());
    else next();
  }
}

function injected(): AppError {
  return new AppError(500, 'injected_fault', 'this error was injected by POST /faults');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
