import { setTimeout as sleep } from 'node:timers/promises';

/** Waiting in real time; tests hand in their own. */
export abstract class Pause {
  abstract for(ms: number): Promise<void>;
}

export class TimerPause extends Pause {
  async for(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false });
  }
}
