import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { errorBody, toAppError } from '#http';
import type { Acknowledge } from './wire.js';

/** Nest passes filters the socket, the message and the acknowledgement, in this order. */
const ACKNOWLEDGEMENT = 2;

/** Answers a failed message with the common error shape, if the client asked for an acknowledgement. */
@Catch()
export class LiveErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(LiveErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const error = toAppError(exception);
    if (error.status >= 500)
      this.logger.error(exception instanceof Error ? (exception.stack ?? exception.message) : String(exception));
    const acknowledge = host.getArgByIndex<Acknowledge | undefined>(ACKNOWLEDGEMENT);
    acknowledge?.(errorBody(error));
  }
}
