import { call } from '../test/support/client.js';

/** Sends a request to an API. @throws Error for any unsuccessful response */
export async function ask<T>(url: string, path: string, body?: object, token?: string, method?: string): Promise<T> {
  const verb = method ?? (body === undefined ? 'GET' : 'POST');
  const answer = await call<T>(url, verb, path, body, token);
  if (answer.status >= 300)
    throw new Error(`${verb} ${path} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
