import { Injectable, Logger } from '@nestjs/common';
import type { Cluster } from '#clusters';
import type { LiveAlert } from '../live-events/live-events.js';

/** Log of the loop for operators. */
@Injectable()
export class LoopLog {
  private readonly logger = new Logger('Loop');

  /** @param error `null`: the message is complete without one */
  problem(message: string, error: unknown): void {
    if (error === null) this.logger.warn(message);
    else this.logger.error(`${message}: ${error instanceof Error ? error.message : 'unknown cause'}`);
  }

  alert({ id, name }: Pick<Cluster, 'id' | 'name'>, { state, code, message }: LiveAlert): void {
    this.logger.log(`${name} (${id}): ${code} ${state}: ${message}`);
  }
}
