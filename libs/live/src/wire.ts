import type { Server, Socket } from 'socket.io';
import type { Session } from '#auth';
import type { LiveEvents, LiveTopic } from '#scaler';
import type { LiveClient } from './live.client.js';
import type { SubscribeAllDto, SubscribeDto, UnsubscribeDto } from './messages.dto.js';
import type { RelayMessage } from './relay.js';

/** Answers a message of a client. */
export type Acknowledge = (answer: object) => void;

/** Messages from clients. */
export interface ClientMessages {
  subscribe(message: SubscribeDto, acknowledge?: Acknowledge): void;
  unsubscribe(message: UnsubscribeDto, acknowledge?: Acknowledge): void;
  subscribe_all(message: SubscribeAllDto, acknowledge?: Acknowledge): void;
  unsubscribe_all(acknowledge?: Acknowledge): void;
}

/** An event as clients receive it: `id` names its instance and grows with each of its events. */
export type Sent<Topic extends LiveTopic> = LiveEvents[Topic] & { readonly id: string };
export type SentEvent = Sent<LiveTopic>;

/** Messages to clients: the events of `LiveEvents`, each under its topic. */
export type ServerEvents = { [Topic in LiveTopic]: (event: Sent<Topic>) => void };

/** Messages between instances. */
export interface InstanceMessages {
  autoscaler(message: RelayMessage): void;
}

/** Data of a socket: the session once it is authenticated, the client once it is connected. */
export interface SocketData {
  session: Session;
  client: LiveClient;
}

export type LiveServer = Server<ClientMessages, ServerEvents, InstanceMessages, SocketData>;
export type LiveSocket = Socket<ClientMessages, ServerEvents, InstanceMessages, SocketData>;
