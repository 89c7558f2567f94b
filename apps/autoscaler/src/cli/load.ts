import { existsSync } from 'node:fs';
import { loadConfig, type LoadedConfig, secretVariables } from '#config';

const DEFAULT_FILE = 'config/config.dev.yaml';

/**
 * Reads the configuration, once: the variables that secrets came from are gone from the environment afterwards.
 *
 * @param file as given on the command line; without one the development configuration, where there is one
 */
export function loadFile(file: string | undefined): LoadedConfig {
  const path = file === undefined ? DEFAULT_FILE : existing(file);
  const loaded = loadConfig({ env: process.env, ...(file === undefined && !existsSync(path) ? {} : { file: path }) });
  for (const name of secretVariables(loaded)) delete process.env[name];
  return loaded;
}

/** The deployment guide says `configs/`, the folder is called `config/`: both find it. */
function existing(file: string): string {
  const renamed = file.replace(/(^|\/)configs(\/[^/]+)$/, '$1config$2');
  return !existsSync(file) && existsSync(renamed) ? renamed : file;
}
