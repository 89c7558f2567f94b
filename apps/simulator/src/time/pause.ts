import { setTimeout as sleep } from 'node:timers/promises';

/** Waits in real time; tests provide their own. */
export abstract class Pause {
  abstract for(ms: number): Promise<void>;
}

export class TimerPause extends Pause {
  async for(ms: number): Promise<void> {
    await sleep(ms, undefined, { ref: false });
  }
}
