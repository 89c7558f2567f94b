// Validates the manifests of k8s/ against the schemas of Kubernetes (package kubernetes-models, generated from its
// OpenAPI document) and of the Prometheus operator, and applies our own rules.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { containersOf, documentsOf, podTemplateOf, render } from './kustomize.mjs';
import { prometheusRule, RESOURCE } from './rules.mjs';
import { unknownFields } from './unknown-fields.mjs';

const BASE = 'k8s/base';
const OVERLAYS = 'k8s/overlays';
const KUSTOMIZATION = 'kustomization.yaml';
/** The configuration of the service; it names the secrets taken from the environment. */
const CONFIG = 'config/config.prod.yaml';
/**
 * Paths of the probes: a running service that loses its database gets no requests, but must not be restarted for it.
 */
const PROBES = { startupProbe: '/health', livenessProbe: '/health/live', readinessProbe: '/health/ready' };
const SECRET = /PASSWORD|SECRET|KEY/;

/** @returns violations, as sentences */
export async function kubernetesFaults() {
  const faults = [];
  if (readFileSync(RESOURCE, 'utf8') !== prometheusRule()) {
    faults.push(
      'k8s/base/prometheus-rule.yaml is not what deploy/prometheus/rules.yml says; run "npm run deploy:rules"',
    );
  }
  const all = [];
  const overlays = readdirSync(OVERLAYS).map((name) => join(OVERLAYS, name));
  for (const folder of [BASE, ...overlays]) {
    const listed = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== KUSTOMIZATION);
    const resources = render(folder);
    const rendered = new Set(resources.map(keyOf));
    for (const name of listed) {
      for (const resource of documentsOf(join(folder, name))) {
        const here = { ...resource, metadata: { ...resource.metadata } };
        if (here.kind === 'Namespace')
          here.metadata.name = resources.find(({ kind }) => kind === 'Namespace')?.metadata.name;
        if (!rendered.has(keyOf(here))) faults.push(`${join(folder, name)}: kustomization.yaml does not name it`);
      }
    }
    for (const resource of resources) {
      const where = `${folder}: ${resource.kind} ${resource.metadata?.name}`;
      all.push({ where, resource, module: moduleOf(resource) });
      for (const fault of await schemaFaults(resource)) faults.push(`${where}: ${fault}`);
      for (const rules of [hardeningFaults, serviceFaults, trafficFaults]) {
        for (const fault of rules(resource)) faults.push(`${where}: ${fault}`);
      }
    }
    for (const fault of selectorFaults(resources)) faults.push(`${folder}: ${fault}`);
  }
  for (const [index, unknown] of unknownFields(all).entries()) {
    for (const fault of unknown) faults.push(`${all[index].where}: ${fault}`);
  }
  return faults;
}

function moduleOf({ apiVersion = '' }) {
  return apiVersion.startsWith('monitoring.coreos.com/')
    ? `@kubernetes-models/prometheus-operator/${apiVersion}`
    : `kubernetes-models/${apiVersion}`;
}

function keyOf({ apiVersion, kind, metadata }) {
  return `${apiVersion} ${kind} ${metadata?.name}`;
}

/** @returns violations of the schema of the resource's kind */
export async function schemaFaults(resource) {
  const { apiVersion = '', kind = '' } = resource;
  const models = await import(moduleOf(resource)).catch(() => ({}));
  const Model = models[kind];
  if (Model === undefined) return [`there is no ${kind} in ${apiVersion}`];
  try {
    new Model(resource).validate();
    return [];
  } catch (error) {
    return [error.message];
  }
}

/** Rules for every pod of ours. */
export function hardeningFaults(resource) {
  if (resource.kind === 'Secret') return ['secrets are made in the cluster, and stand in no manifest'];
  const template = podTemplateOf(resource);
  if (template === undefined) return [];
  const { spec } = template;
  const faults = [];
  const must = (holds, what) => holds === true || faults.push(what);
  must(spec.automountServiceAccountToken === false, 'automountServiceAccountToken must be false');
  must(spec.enableServiceLinks === false, 'enableServiceLinks must be false');
  must(spec.securityContext?.runAsNonRoot, 'runAsNonRoot must be true');
  must(spec.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'seccompProfile must be RuntimeDefault');
  for (const container of containersOf(resource)) {
    const { name, securityContext, resources, env = [] } = container;
    must(securityContext?.readOnlyRootFilesystem, `${name}: readOnlyRootFilesystem must be true`);
    must(securityContext?.allowPrivilegeEscalation === false, `${name}: allowPrivilegeEscalation must be false`);
    must(securityContext?.capabilities?.drop?.includes('ALL'), `${name}: all capabilities must be dropped`);
    must(resources?.requests?.cpu !== undefined, `${name}: it must ask for CPU`);
    must(resources?.limits?.memory !== undefined, `${name}: its memory must have a limit`);
    for (const probe of resource.kind === 'Deployment' ? ['livenessProbe', 'readinessProbe'] : [])
      must(container[probe] !== undefined, `${name}: it must have a ${probe}`);
    for (const { name: variable, value } of env) {
      const isSecret = SECRET.test(variable) && !variable.endsWith('_FILE');
      must(!isSecret || value === undefined, `${name}: ${variable} must come from a secret`);
    }
  }
  return faults;
}

/** Further rules for the service's deployment. */
function serviceFaults(resource) {
  if (resource.kind !== 'Deployment') return [];
  const faults = [];
  const variables = [...readFileSync(CONFIG, 'utf8').matchAll(/\$\{(\w+)/g)].map(([, variable]) => variable);
  const secrets = variables.filter((variable) => SECRET.test(variable));
  for (const container of containersOf(resource).filter(({ args = [] }) => args.includes(CONFIG))) {
    const { name, env = [] } = container;
    for (const [probe, path] of Object.entries(PROBES)) {
      if (container[probe]?.httpGet?.path !== path) faults.push(`${name}: its ${probe} must ask ${path}`);
    }
    for (const secret of secrets) {
      const isGiven = env.some((variable) => [secret, `${secret}_FILE`].includes(variable.name));
      if (!isGiven) faults.push(`${name}: ${CONFIG} takes ${secret}, which it is not given`);
    }
  }
  return faults;
}

/** A network policy rule without peers allows everything, and so does a peer that selects everything. */
function trafficFaults({ kind, spec }) {
  if (kind !== 'NetworkPolicy') return [];
  const faults = [];
  for (const [direction, side] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ]) {
    for (const [index, rule] of (spec[direction] ?? []).entries()) {
      const peers = rule[side] ?? [];
      if (peers.length === 0 || peers.some(isEverybody))
        faults.push(`${direction} ${index}: its ${side} must name whom`);
      if ((rule.ports ?? []).length === 0) faults.push(`${direction} ${index}: it must name ports`);
    }
  }
  return faults;
}

function isEverybody({ ipBlock, podSelector, namespaceSelector }) {
  if (ipBlock !== undefined) return ipBlock.cidr.endsWith('/0');
  const labels = [podSelector, namespaceSelector].flatMap((selector) => Object.keys(selector?.matchLabels ?? {}));
  return labels.length === 0;
}

/** Selectors that match nothing and dangling references are valid in every schema. */
function selectorFaults(resources) {
  const pods = resources.flatMap((resource) => podTemplateOf(resource)?.metadata?.labels ?? []);
  const services = resources.filter(({ kind }) => kind === 'Service');
  const selects = (labels) => pods.some((pod) => Object.entries(labels).every(([key, value]) => pod[key] === value));
  const faults = [];
  for (const { kind, metadata, spec } of resources) {
    const where = `${kind} ${metadata.name}`;
    const labels = {
      Service: () => spec.selector,
      PodDisruptionBudget: () => spec.selector.matchLabels,
      NetworkPolicy: () => spec.podSelector.matchLabels,
      Deployment: () => spec.selector.matchLabels,
    }[kind]?.();
    if (labels !== undefined && !selects(labels)) faults.push(`${where} selects no pod`);
    if (kind === 'ServiceMonitor') {
      const found = services.some((service) =>
        Object.entries(spec.selector.matchLabels).every(([key, value]) => service.metadata.labels?.[key] === value),
      );
      if (!found) faults.push(`${where} selects no service`);
    }
    for (const path of spec?.rules?.flatMap?.((rule) => rule.http?.paths ?? []) ?? []) {
      const { name, port } = path.backend.service;
      const service = services.find((one) => one.metadata.name === name);
      if (service?.spec.ports.some((one) => one.name === port.name) !== true) faults.push(`${where} leads to no port`);
    }
  }
  return faults;
}
