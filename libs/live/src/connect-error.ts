import { errorBody, toAppError } from '#http';

/** An error as socket.io tells it to a client that is not let in. */
export function connectError(error: unknown): Error {
  const shaped = toAppError(error);
  return Object.assign(new Error(shaped.message), { data: errorBody(shaped) });
}
