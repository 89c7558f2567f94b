import { Injectable } from '@nestjs/common';
import { Authenticator } from '#auth';
import { AppError, errorBody, toAppError, TooManyRequestsError } from '#http';
import { Admission } from './admission.js';
import type { LiveSocket } from './wire.js';

/** Authenticates sockets before `connection`: guards run only for messages, when a socket could receive events already. */
@Injectable()
export class SocketLogin {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly admission: Admission,
  ) {}

  /** Middleware of socket.io. */
  readonly check = (socket: LiveSocket, next: (error?: Error) => void): void => {
    this.logIn(socket).then(
      () => next(),
      (error: unknown) => next(connectError(error)),
    );
  };

  private async logIn(socket: LiveSocket): Promise<void> {
    if (!this.admission.mayLogIn(socket.conn)) {
      socket.conn.close(true);
      throw new TooManyRequestsError('rate_limit_exceeded', 'too many logins over one connection; wait a second', 1);
    }
    const { headers, auth } = socket.handshake;
    const session = await this.authenticator.authenticate({ headers, auth });
    if (!this.admission.logIn(socket.conn, session.principal.id)) {
      throw new AppError(503, 'too_many_connections', 'too many live connections; try again later');
    }
    socket.data.session = session;
  }
}

/** An error as socket.io sends it to a refused client, in `connect_error`. */
function connectError(error: unknown): Error {
  const shaped = toAppError(error);
  return Object.assign(new Error(shaped.message), { data: errorBody(shaped) });
}
