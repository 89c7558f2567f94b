import type { Server, Socket } from 'socket.io';
import type { Session } from '#auth';
import type { LiveEvents, LiveTopic } from '#scaler';
import type { LiveClient } from './live.client.js';
import type { SubscribeAllDto, SubscribeDto, UnsubscribeDto } from './messages.dto.js';
import type { RelayMessage } from './relay.js';

/** Answers a message of a client. */
export type Acknowledge = (answer: object) => void;

/** What clients send. */
export interface ClientMessages {
  subscribe(message: SubscribeDto, acknowledge?: Acknowledge): void;
  unsubscribe(message: UnsubscribeDto, acknowledge?: Acknowledge): void;
  subscribe_all(message: SubscribeAllDto, acknowledge?: Acknowledge): void;
  unsubscribe_all(acknowledge?: Acknowledge): void;
}

/** An event as clients get it: `id` names the instance that it comes from and grows with each of its events. */
export type Sent<Topic extends LiveTopic> = LiveEvents[Topic] & { readonly id: string };
export type SentEvent = Sent<LiveTopic>;

/** What clients get: the events of `LiveEvents`, each under its topic. */
export type ServerEvents = { [Topic in LiveTopic]: (event: Sent<Topic>) => void };

/** What instances send each other. */
export interface InstanceMessages {
  autoscaler(message: RelayMessage): void;
}

/** What is kept with a socket: the session once it is authenticated, the client once it is connected. */
export interface SocketData {
  session: Session;
  client: LiveClient;
}

export type LiveServer = Server<ClientMessages, ServerEvents, InstanceMessages, SocketData>;
export type LiveSocket = Socket<ClientMessages, ServerEvents, InstanceMessages, SocketData>;
