import { type Json, jsonOf } from '../http/json.js';
import { type Call, type HttpAnswer, type HttpClient, ProviderError, type ProviderErrorCode } from '../sdk/index.js';
import { cut } from '../http/cut.js';

/** One value of a result. */
export interface Point {
  /** Empty for a scalar. */
  readonly labels: Readonly<Record<string, string>>;
  /** When it was evaluated. */
  readonly at: number;
  /** NaN, +Infinity and -Infinity as Prometheus has them. */
  readonly value: number;
}

/** Bytes of a query from which on it is sent in the body: proxies limit the length of URLs. */
const LONGEST_IN_URL = 1500;
/**
 * How far back a value may lie that counts as present, seconds. Prometheus' own 5 min would show servers and queues as they
 * were long ago. Two scrapes at the longest usual interval of 1 min.
 */
const LOOKBACK_S = 120;
const LONGEST_REASON = 160;

/** The HTTP API of Prometheus, and of what speaks it: Thanos, Mimir, VictoriaMetrics. */
export class PrometheusClient {
  /** @param url without a slash at its end */
  constructor(
    private readonly url: string,
    private readonly http: HttpClient,
  ) {}

  /**
   * Evaluates a query at the present.
   *
   * @throws ProviderError also if the result has warnings or is marked as partial
   */
  async query(query: string, call: Call): Promise<readonly Point[]> {
    const form = new URLSearchParams({ query, lookback_delta: String(LOOKBACK_S) }).toString();
    const path = `${this.url}/api/v1/query`;
    const answer =
      form.length <= LONGEST_IN_URL
        ? await this.http.request(`${path}?${form}`, call)
        : await this.http.request(path, {
            ...call,
            method: 'POST',
            body: form,
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
          });
    return pointsOf(dataOf(answer));
  }

  /** The version of the server; `null` if it does not state one. */
  async version(call: Call): Promise<string | null> {
    const answer = await this.http.request(`${this.url}/api/v1/status/buildinfo`, call);
    // Optional: Thanos and others may not have it.
    if (answer.status === 404 || answer.status === 405) return null;
    const { version } = dataOf(answer);
    return typeof version === 'string' ? version : null;
  }
}

function dataOf(answer: HttpAnswer): Json {
  const body = jsonOf(answer.text);
  if (answer.status !== 200) throw failureOf(answer, body);
  const { status, data, warnings, isPartial } = body ?? {};
  if (status !== 'success' || typeof data !== 'object' || data === null)
    throw new ProviderError('invalid', 'the answer is not one of a Prometheus API');
  if (Array.isArray(warnings) && warnings.length > 0)
    throw new ProviderError('invalid', `the result may be partial: ${shortened(String(warnings[0]))}`);
  // VictoriaMetrics, where some of its storage nodes are away.
  if (isPartial === true) throw new ProviderError('invalid', 'the result is partial');
  return data as Json;
}

function failureOf({ status }: HttpAnswer, body: Json | null): ProviderError {
  if (status < 400) return new ProviderError('refused', `HTTP ${status}: redirects are not followed`);
  const { error } = body ?? {};
  const reason = typeof error === 'string' ? `, ${shortened(error)}` : '';
  return new ProviderError(codeOf(status), `HTTP ${status}${reason}`);
}

function codeOf(status: number): ProviderErrorCode {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'unreachable' : 'refused';
}

function pointsOf({ resultType, result }: Json): readonly Point[] {
  if (resultType === 'scalar') return [pointOf({ metric: {}, value: result })];
  if (resultType !== 'vector' || !Array.isArray(result))
    throw new ProviderError('invalid', `the query returns a ${String(resultType)} and must return one value a series`);
  return result.map((series) => pointOf((series ?? {}) as Json));
}

function pointOf({ metric, value }: Json): Point {
  const [seconds, text] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof seconds !== 'number' || typeof text !== 'string')
    throw new ProviderError('invalid', 'the query returns histograms and must return numbers');
  return { labels: (metric ?? {}) as Point['labels'], at: seconds * 1000, value: numberOf(text) };
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}

function shortened(text: string): string {
  return text.length <= LONGEST_REASON ? text : `${cut(text, LONGEST_REASON)}…`;
}
