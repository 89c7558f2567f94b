import { EventEmitter } from 'node:events';
import type { LiveEvents, LiveTopic } from './live-events.js';

type Listener<Topic extends LiveTopic> = (event: LiveEvents[Topic]) => void;

/**
 * Event bus inside the process. Listeners are called synchronously, after the event was recorded (or buffered while the
 * database is unreachable). They must be fast; errors they throw go to `onListenerError` and do not affect other listeners.
 */
export class LiveBus {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  constructor(private readonly onListenerError: (error: unknown) => void = () => undefined) {}

  /** Subscribes a listener; returns the function that unsubscribes it. */
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

  /** Whether the topic has listeners; without any, the event need not be built. */
  heard(topic: LiveTopic): boolean {
    return this.emitter.listenerCount(topic) > 0;
  }
}
