import { existsSync } from 'node:fs';
import { loadConfig, type LoadedConfig, secretVariables } from '#config';

const DEFAULT_FILE = 'config/config.dev.yaml';

/**
 * Loads the configuration, once: afterwards the variables with secrets are removed from the environment.
 *
 * @param file as given on the command line; by default the development configuration, if it exists
 */
export function loadFile(file: string | undefined): LoadedConfig {
  const path = file === undefined ? DEFAULT_FILE : existing(file);
  const loaded = loadConfig({ env: process.env, ...(file === undefined && !existsSync(path) ? {} : { file: path }) });
  for (const name of secretVariables(loaded)) delete process.env[name];
  return loaded;
}

/** Accepts `configs/` as in the deployment guide; the folder is `config/`. */
function existing(file: string): string {
  const renamed = file.replace(/(^|\/)configs(\/[^/]+)$/, '$1config$2');
  return !existsSync(file) && existsSync(renamed) ? renamed : file;
}
