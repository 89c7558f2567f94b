import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { errorBody, logError, toAppError } from '#http';
import type { Acknowledge } from './wire.js';

/** Nest passes filters the socket, the message and the acknowledgement, in this order. */
const ACKNOWLEDGEMENT = 2;

/** Answers a failed message with the common error shape, if the client asked for an acknowledgement. */
@Catch()
export class LiveErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(LiveErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const error = toAppError(exception);
    if (error.status >= 500) logError(this.logger, 'a message of a socket', exception);
    const acknowledge = host.getArgByIndex<Acknowledge | undefined>(ACKNOWLEDGEMENT);
    acknowledge?.(errorBody(error));
  }
}
