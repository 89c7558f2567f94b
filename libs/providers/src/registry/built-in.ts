import type { AppConfig } from '#config';
import { awsAsgProvider } from '../aws_asg/aws-asg.provider.js';
import { httpAdapterProvider } from '../http_adapter/http-adapter.provider.js';
import { kubernetesProvider } from '../kubernetes/kubernetes.provider.js';
import { kedaProvider } from '../keda/keda.provider.js';
import { prometheusProvider } from '../prometheus/prometheus.provider.js';
import type { ProviderDefinition } from '../sdk/index.js';
import { simulatorProvider } from '../simulator/simulator.provider.js';

/** The providers that come with the service. */
export function builtInProviders({
  collector,
  providers,
}: Pick<AppConfig, 'collector' | 'providers'>): readonly ProviderDefinition[] {
  const kubernetes = kubernetesProvider({ allowAmbient: providers.kubernetes.allowAmbient });
  return [
    simulatorProvider(collector.simulatorUrl),
    httpAdapterProvider,
    awsAsgProvider({ allowAmbient: providers.aws.allowAmbient }),
    kubernetes,
    kedaProvider(kubernetes),
    prometheusProvider,
  ];
}
