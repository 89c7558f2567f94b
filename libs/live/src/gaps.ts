/** A message that comes later than the one after it by more than this is lost, in milliseconds. */
const LATE_MS = 2000;
/** So many at once are lost, whatever may still come of them. */
const MOST_MISSING = 100;

interface Sender {
  expected: number;
  /** Numbers that were passed over, and until when they may still come. */
  readonly missing: Map<number, number>;
  /** Until when what it sent before its goodbye may still come; `undefined` while it has said none. */
  leftUntil?: number;
}

/** Tells from the numbers that senders give their messages whether one was lost. They may come in another order than they were sent. */
export class Gaps {
  private readonly senders = new Map<string, Sender>();
  private lost = false;

  /** @param acceptUntil until when (milliseconds since the epoch) a sender who is heard for the first time may be in the middle of things */
  constructor(private readonly acceptUntil: number) {}

  heard(sender: string, number: number, now: number): void {
    let known = this.senders.get(sender);
    if (known === undefined) {
      known = { expected: now < this.acceptUntil ? number : 1, missing: new Map() };
      this.senders.set(sender, known);
    }
    if (number < known.expected) {
      known.missing.delete(number);
      return;
    }
    if (number - known.expected > MOST_MISSING) this.lost = true;
    else for (let passed = known.expected; passed < number; passed += 1) known.missing.set(passed, now + LATE_MS);
    known.expected = number + 1;
  }

  /** Whether anything was lost since this was last asked. */
  take(now: number): boolean {
    for (const [sender, { missing, leftUntil = Infinity }] of this.senders) {
      for (const [number, until] of missing) {
        if (until > now) continue;
        missing.delete(number);
        this.lost = true;
      }
      if (leftUntil <= now) this.senders.delete(sender);
    }
    const { lost } = this;
    this.lost = false;
    return lost;
  }

  /** The sender said goodbye; what it sent just before may come after that. */
  left(sender: string, now: number): void {
    const known = this.senders.get(sender);
    if (known !== undefined) known.leftUntil = now + LATE_MS;
  }
}
