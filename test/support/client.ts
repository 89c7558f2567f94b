/** A response of the API: status and parsed body. */
export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export const PASSWORD = 'Correct-Horse-9';

/** A user of the REST API. */
export class ApiClient {
  private constructor(
    private readonly url: string,
    readonly username: string,
    readonly token: string,
  ) {}

  /** Registers `username` and logs in. */
  static async register(url: string, username: string): Promise<ApiClient> {
    const credentials = { username, password: PASSWORD };
    const registered = await call(url, 'POST', '/auth/register', credentials);
    if (registered.status !== 201) throw new Error(`registration failed: ${JSON.stringify(registered.body)}`);
    return ApiClient.login(url, username);
  }

  static async login(url: string, username: string): Promise<ApiClient> {
    const answer = await call<{ token: string }>(url, 'POST', '/auth/login', { username, password: PASSWORD });
    if (typeof answer.body.token !== 'string') throw new Error(`login failed: ${JSON.stringify(answer.body)}`);
    return new ApiClient(url, username, answer.body.token);
  }

  async get<T = Record<string, unknown>>(path: string): Promise<Answer<T>> {
    return call<T>(this.url, 'GET', path, undefined, this.token);
  }

  async post<T = Record<string, unknown>>(path: string, body: unknown): Promise<Answer<T>> {
    return call<T>(this.url, 'POST', path, body, this.token);
  }

  async put<T = Record<string, unknown>>(path: string, body: unknown): Promise<Answer<T>> {
    return call<T>(this.url, 'PUT', path, body, this.token);
  }

  async patch<T = Record<string, unknown>>(path: string, body: unknown): Promise<Answer<T>> {
    return call<T>(this.url, 'PATCH', path, body, this.token);
  }

  async delete<T = Record<string, unknown>>(path: string): Promise<Answer<T>> {
    return call<T>(this.url, 'DELETE', path, undefined, this.token);
  }
}

/** Sends a request; a body that is not JSON is returned as `{ text }`. */
export async function call<T = Record<string, unknown>>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer<T>> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : { text }) as T };
}
