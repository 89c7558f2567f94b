// Writes the alert rules of deploy/prometheus/rules.yml as a resource of the Prometheus operator.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const RULES = new URL('../../deploy/prometheus/rules.yml', import.meta.url);
export const RESOURCE = new URL('../../k8s/base/prometheus-rule.yaml', import.meta.url);

export function prometheusRule() {
  const resource = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'autoscaler', labels: { 'app.kubernetes.io/name': 'autoscaler' } },
    spec: parse(readFileSync(RULES, 'utf8')),
  };
  return `# Made from deploy/prometheus/rules.yml by "npm run deploy:rules"; change that file.\n${stringify(resource, { lineWidth: 140 })}`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(RESOURCE, prometheusRule());
