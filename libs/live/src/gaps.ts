/** A message that arrives later than its successor by more than this is lost, in milliseconds. */
const LATE_MS = 2000;
/** A gap of this many messages counts as lost at once. */
const MOST_MISSING = 100;

interface Sender {
  expected: number;
  /** Missing numbers, and until when they may still arrive. */
  readonly missing: Map<number, number>;
  /** Until when messages before its goodbye may still arrive; `undefined` before a goodbye. */
  leftUntil?: number;
}

/** Detects lost messages by their sequence numbers. Messages may arrive out of order. */
export class Gaps {
  private readonly senders = new Map<string, Sender>();
  private lost = false;

  /** @param acceptUntil until when (milliseconds since the epoch) the first message of a sender may have any number */
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

  /** Whether a message was lost since the last call. */
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

  /** The sender said goodbye; messages sent just before may arrive after it. */
  left(sender: string, now: number): void {
    const known = this.senders.get(sender);
    if (known !== undefined) known.leftUntil = now + LATE_MS;
  }
}
