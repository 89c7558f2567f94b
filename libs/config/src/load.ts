import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { ConfigError, type ConfigFault, faultsOf, unknownKey } from './faults.js';
import { interpolate } from './interpolate.js';
import { keysOf } from './keys.js';
import { contradictions, productionFaults } from './production.js';
import { type AppConfig, type RawConfig, SCHEMA } from './schema.js';

type Env = Readonly<Record<string, string | undefined>>;
type Tree = Record<string, unknown>;

const PREFIX = 'AUTOSCALER_';

/** A validated configuration and where each of its values came from. */
export interface LoadedConfig {
  readonly config: AppConfig;
  /** As written, by dotted key: the text of a file or variable where there is one, the default elsewhere. */
  readonly values: ReadonlyMap<string, unknown>;
  /** By dotted key: `default`, the file's name, or `$VARIABLE`. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface LoadOptions {
  /** A YAML file; without one there are the defaults and the environment. */
  readonly file?: string;
  readonly env: Env;
}

/**
 * Reads the file, resolves its references, lets the environment override, validates.
 *
 * @throws ConfigError with every fault there is, not only the first
 */
export function loadConfig({ file, env }: LoadOptions): LoadedConfig {
  const faults: ConfigFault[] = [];
  const tree: Tree = file === undefined ? {} : readTree(file);
  const sources = new Map<string, string>(keysOf().map(({ key }) => [key, 'default']));
  if (file !== undefined) resolveReferences(tree, [], file, env, sources, faults);
  override(tree, env, sources, faults);

  const parsed = SCHEMA.safeParse(tree);
  if (!parsed.success) throw new ConfigError([...faults, ...faultsOf(parsed.error)]);
  const config = camelise(parsed.data);
  faults.push(...contradictions(config), ...productionFaults(config));
  if (faults.length > 0) throw new ConfigError(faults);
  const values = new Map(keysOf().map((field) => [field.key, valueAt(tree, field.key) ?? field.fallback]));
  return { config, values, sources };
}

/** The configuration that a test or a tool states in code, by dotted `snake_case` key; everything else has its default. */
export function configOf(values: Readonly<Record<string, unknown>>): AppConfig {
  const tree: Tree = {};
  for (const [key, value] of Object.entries(values)) setAt(tree, key, value);
  const parsed = SCHEMA.safeParse(tree);
  if (!parsed.success) throw new ConfigError(faultsOf(parsed.error));
  return camelise(parsed.data);
}

function readTree(file: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([
      { key: '', problem: `cannot read the configuration file ${file}: ${(error as Error).message}` },
    ]);
  }
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => ({ key: '', problem: `${file} is not valid YAML: ${error.message}` })),
    );
  }
  const tree: unknown = document.toJS() ?? {};
  if (!isTree(tree))
    throw new ConfigError([{ key: '', problem: `${file} must consist of sections such as app: and api:` }]);
  return tree;
}

function resolveReferences(
  tree: Tree,
  path: readonly string[],
  file: string,
  env: Env,
  sources: Map<string, string>,
  faults: ConfigFault[],
): void {
  for (const [name, value] of Object.entries(tree)) {
    const key = [...path, name].join('.');
    if (isTree(value)) {
      resolveReferences(value, [...path, name], file, env, sources, faults);
    } else {
      const texts = Array.isArray(value) ? (value as unknown[]) : [value];
      const variables: string[] = [];
      const resolved = texts.map((text) => {
        if (typeof text !== 'string') return text;
        const result = interpolate(text, key, env, faults);
        variables.push(...result.variables);
        return result.value;
      });
      // `allowed_origins: [${ORIGIN:-}]` without the variable is an empty list, not a list of one empty origin.
      tree[name] = Array.isArray(value) ? resolved.filter((item) => item !== '') : resolved[0];
      sources.set(key, variables.length === 0 ? file : `${file} ($${variables.join(', $')})`);
    }
  }
}

function override(tree: Tree, env: Env, sources: Map<string, string>, faults: ConfigFault[]): void {
  const byVariable = new Map(keysOf().map((field) => [field.variable, field]));
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || value === undefined) continue;
    const field = byVariable.get(variable);
    if (field === undefined) {
      faults.push(unknownKey(variable.slice(PREFIX.length).toLowerCase().replace('_', '.'), variable));
    } else if (setAt(tree, field.key, value)) {
      sources.set(field.key, `$${variable}`);
    }
  }
}

/** @returns whether there was a place for it; where there is none (`api: 3`), validation says so */
function setAt(tree: Tree, key: string, value: unknown): boolean {
  const path = key.split('.');
  const last = path.pop() as string;
  let node = tree;
  for (const name of path) {
    const child = (node[name] ??= {});
    if (!isTree(child)) return false;
    node = child;
  }
  node[last] = value;
  return true;
}

function valueAt(tree: Tree, key: string): unknown {
  return key.split('.').reduce<unknown>((node, name) => (isTree(node) ? node[name] : undefined), tree);
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function camelise(raw: RawConfig): AppConfig {
  return cameliseTree(raw) as unknown as AppConfig;
}

function cameliseTree(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => [
      name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
      isTree(value) ? cameliseTree(value) : value,
    ]),
  );
}
