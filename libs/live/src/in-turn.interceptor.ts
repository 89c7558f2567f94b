import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AppError } from '#http';
import type { LiveSocket } from './wire.js';

/** Longer than any message that is valid, in characters of its JSON. */
const LONGEST_MESSAGE = 2048;

/**
 * Handles the messages of a client one after another, in the order of arrival. Pending messages are small, regardless of
 * `websocket.max_message_size`.
 */
@Injectable()
export class InTurn implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { data: socket } = context.switchToWs().getClient<LiveSocket>();
    const message: unknown = context.switchToWs().getData();
    if (JSON.stringify(message ?? null).length > LONGEST_MESSAGE)
      throw new AppError(413, 'message_too_large', `a message has at most ${LONGEST_MESSAGE} characters`);
    return from(socket.client.turns.take(async () => lastValueFrom(next.handle(), { defaultValue: undefined })));
  }
}
