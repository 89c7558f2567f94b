import type { z } from 'zod';
import type { Session } from './session.js';

/** The version of the contract between the service and a provider. */
export const API_VERSION = 1;

export interface HttpRequest {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent unchanged, instead of `json`; set its content type in `headers`. */
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Options of all requests of a client. Certificates and keys are PEM. */
export interface HttpOptions {
  /** Trusted certificate authorities, instead of those of the system. */
  readonly ca?: string;
  /** Client certificate; needs `key`. */
  readonly cert?: string;
  readonly key?: string;
  /** Name expected in the server's certificate, if it is not the host of the URL. */
  readonly serverName?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to the query of each URL. */
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * HTTP with a limited number of keep-alive connections for each server. Redirects are not followed, link-local, metadata and unspecified
 * addresses are not connected to, and an answer has 16 MiB at most.
 */
export interface HttpClient {
  /**
   * Returns any answer, regardless of its status.
   *
   * @throws ProviderError `unreachable` if there is none, `refused` if the address is forbidden, `invalid` if the answer is too large
   */
  request(url: string, request: HttpRequest): Promise<HttpAnswer>;
}

/** `dns.lookup`. */
export type Lookup = (
  hostname: string,
  options: { readonly all?: boolean | undefined; readonly family?: number | 'IPv4' | 'IPv6' | undefined },
  found: (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void,
) => void;

export interface ProviderLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** What a session may use of the service. */
export interface ProviderContext {
  readonly http: HttpClient;
  /**
   * Creates a client with options of its own; it is closed after the session. Call it in `open`.
   *
   * @throws ProviderError `refused` if a certificate or the key is invalid
   */
  httpWith(options: HttpOptions): HttpClient;
  /** `dns.lookup` that fails for forbidden addresses; for libraries with an HTTP client of their own. */
  readonly lookup: Lookup;
  /**
   * Checks a URL other than the `address` of the connection, which is checked before `open`.
   *
   * @throws ProviderError `refused` if `collector.allowed_urls` does not list its server, or its address is forbidden
   */
  checkUrl(url: string): void;
  /** One of the `secrets` of the connection. @throws ProviderError `unauthorized` where it was not given */
  secret(name: string): Promise<string>;
  /** The names of those that are given. */
  readonly secrets: ReadonlySet<string>;
  readonly clock: { now(): number };
  readonly logger: ProviderLogger;
}

/** A connection as a user gives it. */
export interface GivenConnection {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

/** What is wrong with it: fields, dotted and from `spec` or `secrets` on, and a sentence for each, without a part of a secret. */
export interface ConnectionFaults {
  readonly faults: readonly { readonly field: string; readonly error: string }[];
}

/** A text that says where a provider is reached and with which credentials. It is taken apart when it is given, and not stored. */
export interface PastedConnection {
  /** What `spec` says in the place of its fields. */
  readonly field: string;
  readonly title: string;
  readonly description: string;
  read(text: string): GivenConnection | ConnectionFaults;
}

export interface TargetCapabilities {
  /** It refuses holders that were replaced; see `ProviderCluster.fence`. */
  readonly fencing: boolean;
  /** It states the count that it is heading for. */
  readonly statesDesired: boolean;
  /** It may grant a part of what is asked for. */
  readonly partial: boolean;
  /**
   * `setDesired` changes nothing (`conflict`) unless the count is still the one that the last `read` of the cluster
   * returned, so that no change of another writer is lost. Default: false.
   */
  readonly compareAndSet?: boolean;
}

/** A kind of target and/or metric source, declared once: validation, the API document, the page's form and the sessions come from it. */
export interface ProviderDefinition<
  Connection extends z.ZodObject = z.ZodObject,
  Target extends z.ZodObject = z.ZodObject,
  Metrics extends z.ZodObject = z.ZodObject,
> {
  /** Lower case, digits and `_`; what `provider.type` says. */
  readonly type: string;
  readonly apiVersion: number;
  readonly title: string;
  /** One or two sentences for the reader who chooses what a new cluster is made of. */
  readonly summary?: string;
  /** `read` takes many clusters at once. */
  readonly batching?: boolean;
  /** Where it is reached, and with which credentials. */
  readonly connection: {
    readonly spec: Connection;
    /** The names of what is kept apart from it, encrypted, and never shown. */
    readonly secrets?: readonly string[];
    /** A cluster names a stored connection (`"connection": "prod"`) and gives none of these fields itself. Needed where there are secrets. */
    readonly named?: boolean;
    /** The type of its stored connections; default: that of the provider. Providers of one kind declare the same spec and secrets. */
    readonly kind?: string;
    /**
     * Whether it uses the identity of the service itself, or files of its machine, in the place of credentials that a user brought: only
     * admins may store such a connection.
     */
    ambient?(connection: z.output<Connection>): boolean;
    /** A text that users may give in the place of all fields, such as a kubeconfig. */
    readonly pasted?: PastedConnection;
    /** What fails together: the address behind a connection. An http or https URL that comes from a user must be allowed. */
    address(connection: z.output<Connection>): string;
    /** Whether addresses with different paths on one server are different systems, as behind a proxy. Default: one system. */
    readonly pathMatters?: boolean;
  };
  readonly target?: {
    readonly spec: Target;
    readonly capabilities: TargetCapabilities;
    /** What the cluster is called there. No two clusters have the same name at the same address. */
    nameOf(target: z.output<Target>, clusterId: string): string;
  };
  readonly metrics?: {
    readonly spec: Metrics;
    readonly capabilities: { readonly totals: boolean };
    /**
     * Replaces shorthand by what it stands for, when a cluster is written. Idempotent.
     *
     * @throws ProviderError `invalid` if its fields contradict each other
     */
    expand?(metrics: z.output<Metrics>): z.output<Metrics>;
    /** Where given, only the cluster whose target has the same name at the same address may read it. */
    nameOf?(metrics: z.output<Metrics>, clusterId: string): string;
  };
  /** Once for each connection. Load a heavy client here (`await import(…)`), not at the top of the module. */
  open(
    connection: z.output<Connection>,
    context: ProviderContext,
  ): Session<z.output<Target>, z.output<Metrics>> | Promise<Session<z.output<Target>, z.output<Metrics>>>;
}

const TYPE = /^[a-z][a-z0-9_]{0,39}$/;
/** What a half of a cluster's provider says beside its own fields and those of its connection. */
const RESERVED = ['type', 'connection', 'metrics', 'target'];

/**
 * Declares a provider.
 *
 * @throws TypeError where the declaration contradicts itself
 */
export function defineProvider<
  Connection extends z.ZodObject,
  Target extends z.ZodObject = z.ZodObject,
  Metrics extends z.ZodObject = z.ZodObject,
>(definition: ProviderDefinition<Connection, Target, Metrics>): ProviderDefinition<Connection, Target, Metrics> {
  const { type, connection, target, metrics } = definition;
  if (!TYPE.test(type)) throw new TypeError(`"${type}" is no type of a provider: it must match ${TYPE.source}`);
  if (target === undefined && metrics === undefined)
    throw new TypeError(`the provider ${type} must have a target, metrics, or both`);
  const { kind = type, named = false, secrets = [] } = connection;
  if (!TYPE.test(kind)) throw new TypeError(`"${kind}" is no type of a connection: it must match ${TYPE.source}`);
  if (secrets.length > 0 && !named)
    throw new TypeError(`the provider ${type} has secrets, so its connections must be named`);
  const own = Object.keys(connection.spec.shape);
  const halves = [target, metrics].flatMap((half) => Object.keys(half?.spec.shape ?? {}));
  const reserved = [...own, ...halves].find((name) => RESERVED.includes(name));
  if (reserved !== undefined) throw new TypeError(`the provider ${type} must not have a field "${reserved}"`);
  const twice = halves.find((name) => own.includes(name));
  if (twice !== undefined)
    throw new TypeError(`the provider ${type} has the field "${twice}" in its connection and beside it`);
  return Object.freeze(definition);
}
