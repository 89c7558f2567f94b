import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Logger } from '@nestjs/common';
import { type AppConfig, ConfigError } from '#config';
import { type KnownConnections, NO_CONNECTIONS } from '../connections/connection-directory.js';
import { API_VERSION, type ProviderDefinition } from '../sdk/index.js';
import { builtInProviders } from './built-in.js';
import { ProviderRegistry } from './provider.registry.js';

/**
 * All providers: those that come with the service, and those that the configuration names.
 *
 * @throws ConfigError with everything that is wrong with the plugins
 */
export async function loadProviders(
  config: Pick<AppConfig, 'collector' | 'providers'>,
  connections: KnownConnections = NO_CONNECTIONS,
): Promise<ProviderRegistry> {
  const logger = new Logger('Providers');
  const problems: string[] = [];
  const loaded: ProviderDefinition[] = [...builtInProviders(config)];
  for (const name of config.providers.plugins) {
    try {
      const plugin = await loadPlugin(name);
      loaded.push(plugin);
      logger.log(`loaded the provider "${plugin.type}" from ${name}`);
    } catch (error) {
      problems.push(
        `names "${name}", which cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const twice = loaded.filter(({ type }, index) => loaded.findIndex((other) => other.type === type) !== index);
  problems.push(...twice.map(({ type }) => `names a second provider of the type "${type}"; leave it out`));
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => ({ key: 'providers.plugins', problem })));
  return new ProviderRegistry(loaded, connections);
}

/** @throws Error with what is wrong with it */
async function loadPlugin(name: string): Promise<ProviderDefinition> {
  const isPath = name.startsWith('.') || name.startsWith('/');
  if (isPath && (await stat(resolve(name))).isDirectory())
    throw new Error('it is a folder; name the file of the module');
  const module = (await import(isPath ? pathToFileURL(resolve(name)).href : name)) as { default?: unknown };
  const definition = (module.default ?? {}) as Partial<ProviderDefinition>;
  if (typeof definition.type !== 'string' || typeof definition.open !== 'function')
    throw new Error('its default export is no provider; export what defineProvider returns');
  if (definition.apiVersion !== API_VERSION)
    throw new Error(
      `it is for version ${definition.apiVersion} of the provider API; this service has version ${API_VERSION}`,
    );
  return definition as ProviderDefinition;
}
