import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { KUBECONFIG } from './kubeconfig.js';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';
const TOKEN = 'eyJhbGciOi.the-token';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Change {
  readonly top?: object;
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
}

function kubeconfig({ top, cluster, user, context }: Change = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: [
      {
        name: 'prod',
        cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': base64(PEM), ...cluster },
      },
      { name: 'home', cluster: { server: 'https://home', 'certificate-authority': '/home/me/ca.crt' } },
    ],
    users: [
      { name: 'bot', user: { token: TOKEN, ...user } },
      { name: 'me', user: { exec: { command: 'aws' } } },
    ],
    contexts: [
      { name: 'prod', context: { cluster: 'prod', user: 'bot', namespace: 'web', ...context } },
      { name: 'home', context: { cluster: 'home', user: 'me' } },
    ],
    'current-context': 'prod',
    ...top,
  });
}

function faultsOf(text: string): string {
  const read = KUBECONFIG.read(text);
  if (!('faults' in read)) throw new Error('it was not refused');
  expect(new Set(read.faults.map(({ field }) => field))).toEqual(new Set(['spec.kubeconfig']));
  return read.faults.map(({ error }) => error).join('\n');
}

describe('a pasted kubeconfig', () => {
  it('is reduced to server, CA and credentials of its current context', () => {
    expect(KUBECONFIG.read(kubeconfig())).toEqual({
      spec: { server: 'https://10.0.0.1:6443', ca: PEM },
      secrets: { token: TOKEN },
    });
    const user = { token: undefined, 'client-certificate-data': base64(PEM), 'client-key-data': base64(KEY) };
    expect(KUBECONFIG.read(kubeconfig({ user }))).toEqual({
      spec: { server: 'https://10.0.0.1:6443', ca: PEM, client_certificate: PEM },
      secrets: { client_key: KEY },
    });
  });

  it.each<[string, Change]>([
    ['users[bot].user.exec', { user: { exec: { command: 'sh', args: ['-c', 'id'] } } }],
    ['users[bot].user.auth-provider', { user: { 'auth-provider': { name: 'gcp' } } }],
    ['users[bot].user.tokenFile', { user: { tokenFile: '/var/run/secrets/token' } }],
    ['users[bot].user.client-certificate', { user: { 'client-certificate': '/etc/passwd' } }],
    ['users[bot].user.client-key', { user: { 'client-key': '/etc/passwd' } }],
    ['users[bot].user.username', { user: { username: 'root' } }],
    ['users[bot].user.password', { user: { password: 'hunter2' } }],
    ['users[bot].user.as', { user: { as: 'system:admin' } }],
    ['clusters[prod].cluster.certificate-authority', { cluster: { 'certificate-authority': '/etc/passwd' } }],
    ['clusters[prod].cluster.proxy-url', { cluster: { 'proxy-url': 'http://inside' } }],
    ['clusters[prod].cluster.insecure-skip-tls-verify', { cluster: { 'insecure-skip-tls-verify': true } }],
    ['clusters[prod].cluster.tls-server-name', { cluster: { 'tls-server-name': 'other' } }],
    ['contexts[prod].context.extensions', { context: { extensions: [] } }],
    ['extensions', { top: { extensions: [] } }],
  ])('is refused with %s, by its name', (path, change) => {
    const faults = faultsOf(kubeconfig(change));
    expect(faults).toContain(`must not have ${path}:`);
    expect(faults).not.toMatch(/hunter2|the-token|\/etc\/passwd/);
  });

  it.each([
    ['no YAML', 'a: [', 'is not valid YAML'],
    ['aliases', `a: &a ${TOKEN}\nb: *a\n`, 'is not valid YAML'],
    ['another kind', 'kind: Secret', 'must have "kind: Config"'],
    ['no context', kubeconfig({ top: { 'current-context': '' } }), 'must have a current-context'],
    ['a context that is not there', kubeconfig({ top: { 'current-context': 'x' } }), 'has no contexts[x].context'],
    ['a cluster that is not there', kubeconfig({ context: { cluster: 'x' } }), 'has no clusters[x].cluster'],
    ['no server', kubeconfig({ cluster: { server: '' } }), 'must have the text clusters[prod].cluster.server'],
    ['a CA that is none', kubeconfig({ cluster: { 'certificate-authority-data': 'x' } }), 'must have PEM in Base64'],
    [
      'a token that is none',
      kubeconfig({ user: { token: { file: 'x' } } }),
      'must have the text users[bot].user.token',
    ],
  ])('is refused with %s', (_name, text, error) => {
    const faults = faultsOf(text);
    expect(faults).toContain(error);
    expect(faults).not.toContain(TOKEN);
  });

  it('needs no current context where it has one only', () => {
    const top = { 'current-context': undefined, contexts: [{ name: 'a', context: { cluster: 'prod', user: 'bot' } }] };
    expect(KUBECONFIG.read(kubeconfig({ top }))).toMatchObject({ spec: { server: 'https://10.0.0.1:6443' } });
  });
});
