import { parse } from 'yaml';
import type { ConnectionFaults, GivenConnection, PastedConnection } from '../sdk/index.js';
import { cut } from '../http/cut.js';

const FIELD = 'spec.kubeconfig';
/** Keys that are taken or mean nothing here. A key that is not listed is refused: it may name a file, run a program, or lead elsewhere. */
const TAKEN = {
  top: ['apiVersion', 'kind', 'preferences', 'clusters', 'users', 'contexts', 'current-context'],
  cluster: ['server', 'certificate-authority-data'],
  user: ['token', 'client-certificate-data', 'client-key-data'],
  context: ['cluster', 'user', 'namespace'],
} as const;

type Fields = Readonly<Record<string, unknown>>;

class Refused extends Error {}

/** A pasted kubeconfig, reduced to the server, the CA and the credentials of its current context. */
export const KUBECONFIG: PastedConnection = {
  field: 'kubeconfig',
  title: 'Kubeconfig',
  description:
    'the text of a kubeconfig whose current context has its certificates and credentials inline; it is not stored itself',
  read(text) {
    try {
      return reduced(parsed(text));
    } catch (error) {
      if (error instanceof Refused) return { faults: [{ field: FIELD, error: error.message }] };
      throw error;
    }
  },
};

function reduced(config: Fields): GivenConnection | ConnectionFaults {
  refuseOthers(config, TAKEN.top, '');
  const context = entry(config, 'contexts', 'context', currentOf(config));
  refuseOthers(context.fields, TAKEN.context, context.path);
  const cluster = entry(config, 'clusters', 'cluster', textOf(context.fields, 'cluster', context.path));
  const user = entry(config, 'users', 'user', textOf(context.fields, 'user', context.path));
  const others = [
    ...othersOf(cluster.fields, TAKEN.cluster, cluster.path),
    ...othersOf(user.fields, TAKEN.user, user.path),
  ];
  if (others.length > 0) return { faults: others.map((path) => ({ field: FIELD, error: refusalOf(path) })) };
  const ca = decoded(cluster.fields, 'certificate-authority-data', cluster.path);
  const certificate = decoded(user.fields, 'client-certificate-data', user.path);
  const key = decoded(user.fields, 'client-key-data', user.path);
  const token = user.fields['token'] === undefined ? undefined : textOf(user.fields, 'token', user.path);
  return {
    spec: {
      server: textOf(cluster.fields, 'server', cluster.path),
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { client_certificate: certificate }),
    },
    secrets: { ...(token === undefined ? {} : { token }), ...(key === undefined ? {} : { client_key: key }) },
  };
}

function parsed(text: string): Fields {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch {
    // What the parser says quotes the text.
    throw new Refused('kubeconfig is not valid YAML, or has aliases');
  }
  if (!isRecord(value) || value['kind'] !== 'Config') throw new Refused('kubeconfig must have "kind: Config"');
  return value;
}

/** The one context where there is no current one. */
function currentOf(config: Fields): string {
  const { 'current-context': current, contexts } = config;
  if (typeof current === 'string' && current !== '') return current;
  const [only, ...more] = Array.isArray(contexts) ? (contexts as unknown[]) : [];
  if (more.length === 0 && isRecord(only) && typeof only['name'] === 'string') return only['name'];
  throw new Refused('kubeconfig must have a current-context');
}

function entry(
  config: Fields,
  list: string,
  kind: string,
  name: string,
): { readonly fields: Fields; readonly path: string } {
  const entries = Array.isArray(config[list]) ? (config[list] as unknown[]) : [];
  const found = entries.find((one) => isRecord(one) && one['name'] === name);
  const path = `${list}[${cut(name, 100)}].${kind}`;
  const fields = isRecord(found) ? found[kind] : undefined;
  if (!isRecord(fields)) throw new Refused(`kubeconfig has no ${path}, which its current context needs`);
  return { fields, path };
}

function textOf(fields: Fields, key: string, path: string): string {
  const value = fields[key];
  if (typeof value === 'string' && value !== '') return value;
  throw new Refused(`kubeconfig must have the text ${path}.${key}`);
}

function decoded(fields: Fields, key: string, path: string): string | undefined {
  if (fields[key] === undefined) return undefined;
  const text = Buffer.from(textOf(fields, key, path), 'base64').toString('utf8');
  if (!text.startsWith('-----BEGIN ')) throw new Refused(`kubeconfig must have PEM in Base64 in ${path}.${key}`);
  return text;
}

function refuseOthers(fields: Fields, taken: readonly string[], path: string): void {
  const [other] = othersOf(fields, taken, path);
  if (other !== undefined) throw new Refused(refusalOf(other));
}

function othersOf(fields: Fields, taken: readonly string[], path: string): string[] {
  const others = Object.keys(fields).filter((key) => !taken.includes(key));
  return others.map((key) => `${path}${path === '' ? '' : '.'}${cut(key, 100)}`);
}

function refusalOf(path: string): string {
  return `kubeconfig must not have ${path}: only a server, and a CA, a token, a certificate and its key that are inline are taken`;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
