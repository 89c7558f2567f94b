import { EventEmitter } from 'node:events';
import type { LiveEvents, LiveTopic } from './live-events.js';

type Listener<Topic extends LiveTopic> = (event: LiveEvents[Topic]) => void;

/**
 * What happens to clusters, for whoever shows it. Listeners are called synchronously, after everything they hear of
 * was recorded (or put aside to be recorded once the database is back); they must be quick, and what they throw is theirs.
 */
export class LiveBus {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  constructor(private readonly onListenerError: (error: unknown) => void = () => undefined) {}

  /** Returns the function that ends the listening. */
  on<Topic extends LiveTopic>(topic: Topic, listener: Listener<Topic>): () => void {
    const guarded = (event: LiveEvents[Topic]): void => {
      try {
        listener(event);
      } catch (error) {
        this.onListenerError(error);
      }
    };
    this.emitter.on(topic, guarded);
    return () => this.emitter.off(topic, guarded);
  }

  emit<Topic extends LiveTopic>(topic: Topic, event: LiveEvents[Topic]): void {
    this.emitter.emit(topic, event);
  }

  /** Whether anybody would hear it; events nobody hears need not be built. */
  heard(topic: LiveTopic): boolean {
    return this.emitter.listenerCount(topic) > 0;
  }
}
