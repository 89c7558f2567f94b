import type { AppConfig } from '#config';
import { httpAdapterProvider } from '../http_adapter/http-adapter.provider.js';
import { kubernetesProvider } from '../kubernetes/kubernetes.provider.js';
import type { ProviderDefinition } from '../sdk/index.js';
import { simulatorProvider } from '../simulator/simulator.provider.js';

/** The providers that come with the service. */
export function builtInProviders({
  collector,
  providers,
}: Pick<AppConfig, 'collector' | 'providers'>): readonly ProviderDefinition[] {
  return [
    simulatorProvider(collector.simulatorUrl),
    httpAdapterProvider,
    kubernetesProvider({ allowAmbient: providers.kubernetes.allowAmbient }),
  ];
}
