import { type Json, jsonOf, numberOf, timeOf } from '../http/json.js';
import {
  type Blocked,
  type HttpAnswer,
  ProviderError,
  type ProviderErrorCode,
  type ProviderState,
  type Reading,
  type Sample,
  type Server,
  type ServerState,
  type Totals,
} from '../sdk/index.js';
import { cut } from '../http/cut.js';

/** Codes that an adapter may give in the body of an error. */
const STATED: ReadonlySet<unknown> = new Set<ProviderErrorCode>([
  'no_capacity',
  'conflict',
  'fenced',
  'refused',
  'not_found',
]);
const MOST_TEXT = 200;

/** @throws ProviderError if the status is not 200, or the body is no JSON object */
export function bodyOf(answer: HttpAnswer): Json {
  if (answer.status !== 200) throw failureOf(answer);
  const body = jsonOf(answer.text);
  if (body === null || Array.isArray(body)) throw new ProviderError('invalid', 'the answer is no JSON object');
  return body;
}

/** @throws ProviderError `invalid` if servers or the desired count are missing */
export function stateOf(body: Json): ProviderState & { readonly blocked: Blocked | null } {
  const { servers, desired, blocked } = body;
  if (!Array.isArray(servers)) throw new ProviderError('invalid', '"servers" is no list');
  if (!Number.isInteger(desired)) throw new ProviderError('invalid', '"desired" is no whole number');
  return { servers: servers.map(serverOf), desired: desired as number, blocked: blockedOf(blocked) };
}

/** @param now for an answer that states no time */
export function metricsOf(body: Json, now: number): Pick<Reading, 'at' | 'samples' | 'totals' | 'maxCpuPercent'> {
  const { at: stated, samples, totals, max_cpu: maxCpu } = body;
  if (!Array.isArray(samples)) throw new ProviderError('invalid', '"samples" is no list');
  const at = timeOf(stated) ?? now;
  return {
    at,
    samples: samples.map((sample) => sampleOf(sample, at)),
    totals: totalsOf(totals),
    maxCpuPercent: typeof maxCpu === 'number' && maxCpu >= 100 ? maxCpu : null,
  };
}

/** The session of every provider checks ids, states and values. */
function serverOf(value: unknown): Server {
  const { id, state, active_at: since } = (value ?? {}) as Json;
  return { id: id as string, state: state as ServerState, activeAt: timeOf(since) };
}

function sampleOf(value: unknown, at: number): Sample {
  const { server_id: id, at: own, cpu, memory, request_rate: rate } = (value ?? {}) as Json;
  return {
    serverId: id as string,
    at: timeOf(own) ?? at,
    cpu: numberOf(cpu),
    memory: numberOf(memory),
    requestRate: numberOf(rate),
  };
}

function totalsOf(value: unknown): Totals | null {
  const { from: begin, to: end, requests, bad, demand, capacity } = (value ?? {}) as Json;
  const [from, to] = [timeOf(begin), timeOf(end)];
  if (from === null || to === null || from >= to) return null;
  return {
    from,
    to,
    ...(requests === undefined ? {} : { requests: countOf(requests) }),
    ...(bad === undefined ? {} : { bad: countOf(bad) }),
    ...(demand === undefined ? {} : { demand: countOf(demand) }),
    ...(typeof capacity === 'number' && capacity > 0 ? { capacity } : {}),
  };
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

function blockedOf(value: unknown): Blocked | null {
  const { by, reason } = (value ?? {}) as Json;
  return typeof by === 'string' && typeof reason === 'string'
    ? { by: cut(by, MOST_TEXT), reason: cut(reason, MOST_TEXT) }
    : null;
}

function failureOf({ status, text }: HttpAnswer): ProviderError {
  const { error, code } = jsonOf(text) ?? {};
  const stated = typeof error === 'string' ? `, ${error}` : '';
  if (status < 400) return new ProviderError('refused', `HTTP ${status}: the adapter must answer 200 and not redirect`);
  return new ProviderError(codeOf(status, code), `HTTP ${status}${stated}`);
}

function codeOf(status: number, code: unknown): ProviderErrorCode {
  if (status === 404) return 'not_found';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'throttled';
  if (status >= 500) return 'unreachable';
  if (STATED.has(code)) return code as ProviderErrorCode;
  return status === 409 ? 'conflict' : 'refused';
}
