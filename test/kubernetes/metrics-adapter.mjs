// An aggregated API service for metrics.k8s.io with values that a test sets, for all running pods:
//   curl -X PUT 127.0.0.1:$CONTROL_PORT -d '{"cpu":"250m","memory":"100Mi","containers":{"proxy":{"cpu":"1"}},"ageSeconds":0}'
// `containers` overrides by name; `ageSeconds` is how old the values are. The control port answers what was set, and how often it was asked.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';

const { RUN, API_PORT, METRICS_PORT, CONTROL_PORT } = process.env;
const read = (file) => readFileSync(join(RUN, 'pki', file));
const api = {
  host: '127.0.0.1',
  port: API_PORT,
  ca: read('ca.crt'),
  cert: read('admin.crt'),
  key: read('admin.key'),
  agent: new https.Agent({ keepAlive: true }),
};
let values = { cpu: '50m', memory: '32Mi', containers: {}, ageSeconds: 0 };
let asked = 0;

function bodyOf(stream) {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (part) => (text += part));
    stream.on('end', () => resolve(text));
    stream.on('error', reject);
  });
}

async function runningPods(namespace) {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const answer = await new Promise((resolve, reject) => {
    https.get({ ...api, path }, resolve).on('error', reject);
  });
  const { items = [] } = JSON.parse(await bodyOf(answer));
  return items.filter(({ status }) => status.phase === 'Running');
}

/** As Kubernetes writes times: without milliseconds. */
function timestamp() {
  return new Date(Date.now() - values.ageSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

function metricsOf({ metadata, spec }) {
  const containers = spec.containers.map(({ name }) => {
    const { cpu, memory } = { ...values, ...values.containers[name] };
    return { name, usage: { cpu, memory } };
  });
  const { name, namespace } = metadata;
  return { metadata: { name, namespace }, timestamp: timestamp(), window: '15s', containers };
}

const GROUP = 'metrics.k8s.io';
const VERSION = { groupVersion: `${GROUP}/v1beta1`, version: 'v1beta1' };
const RESOURCES = [{ name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] }];

async function answerTo(path) {
  const namespace = /^\/apis\/metrics\.k8s\.io\/v1beta1\/namespaces\/([^/]+)\/pods$/.exec(path)?.[1];
  if (namespace !== undefined) {
    asked += 1;
    const items = (await runningPods(namespace)).map(metricsOf);
    return { kind: 'PodMetricsList', apiVersion: VERSION.groupVersion, metadata: {}, items };
  }
  if (path === `/apis/${GROUP}/v1beta1`)
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: VERSION.groupVersion, resources: RESOURCES };
  if (path === `/apis/${GROUP}`)
    return { kind: 'APIGroup', apiVersion: 'v1', name: GROUP, versions: [VERSION], preferredVersion: VERSION };
  return undefined;
}

async function serveMetrics(request, response) {
  const { pathname } = new URL(request.url, 'https://here');
  const body = await answerTo(pathname);
  const missing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body ?? missing));
}

async function serveControl(request, response) {
  if (request.method === 'PUT') values = { ...values, ...JSON.parse(await bodyOf(request)) };
  response.end(JSON.stringify({ ...values, asked }));
}

const tls = { cert: read('metrics.crt'), key: read('metrics.key'), ca: read('front-proxy-ca.crt'), requestCert: true };
https
  .createServer(tls, (request, response) => void serveMetrics(request, response))
  .listen(Number(METRICS_PORT), '127.0.0.1');
http
  .createServer((request, response) => void serveControl(request, response))
  .listen(Number(CONTROL_PORT), '127.0.0.1');
