import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { builtInProviders } from '#providers';
import { configOf } from '#config';
import { RoutesApp } from './routes-app.js';

const SERVER = 'https://kubernetes.example:6443';
const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const TOKEN = 'eyJhbGciOi.the-token-of-a-service-account';

function kubeconfig(user: object): string {
  const cluster = { server: SERVER, 'certificate-authority-data': Buffer.from(CA).toString('base64') };
  return stringify({
    kind: 'Config',
    clusters: [{ name: 'prod', cluster }],
    users: [{ name: 'bot', user }],
    contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'bot' } }],
    'current-context': 'prod',
  });
}

describe.each([false, true])('connections to Kubernetes with allow_ambient %s', (allowed) => {
  const config = { 'collector.allowed_urls': [SERVER], 'providers.kubernetes.allow_ambient': allowed };
  let app: RoutesApp;
  let admin: string;
  let ada: string;
  beforeAll(async () => {
    app = await RoutesApp.with({ providers: builtInProviders(configOf(config)), config });
    admin = await app.user('root', 'admin');
    ada = await app.user('ada', 'operator');
  });
  afterAll(async () => app.close());

  const store = async (token: string, name: string, spec: object) =>
    app.send(token, 'POST', '/connections', { name, type: 'kubernetes', spec });

  it('parse a pasted kubeconfig, and store its credentials as secrets', async () => {
    const stored = await store(ada, 'pasted', { kubeconfig: kubeconfig({ token: TOKEN }) });
    expect(stored).toMatchObject({ status: 201, body: { secrets: ['token'] } });
    expect(stored.body['spec']).toEqual({ server: SERVER, ca: CA, in_cluster: false });
    expect(JSON.stringify(await app.dataSource.query('SELECT * FROM connections'))).not.toContain(TOKEN);
  });

  it('reject one that runs a program, without quoting it', async () => {
    const { status, body } = await store(ada, 'exec', { kubeconfig: kubeconfig({ exec: { command: TOKEN } }) });
    expect(status).toBe(400);
    expect(body.details).toEqual([
      { field: 'spec.kubeconfig', error: expect.stringContaining('must not have users[bot].user.exec:') },
    ]);
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });

  it("use the service's own identity if the configuration allows admins to do so", async () => {
    const theirs = await store(ada, 'own', { in_cluster: true });
    const admins = await store(admin, 'own', { in_cluster: true });
    expect([theirs.status, admins.status]).toEqual(allowed ? [403, 201] : [400, 400]);
  });
});
