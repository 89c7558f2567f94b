import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, visit } from 'yaml';
import { type Env, override } from './environment.js';
import { ConfigError, type ConfigFault, faultsOf } from './faults.js';
import { interpolate } from './interpolate.js';
import { keysOf } from './keys.js';
import { contradictions, productionFaults } from './rules.js';
import { readKeysFromFiles } from './secret-files.js';
import { type AppConfig, type RawConfig, SCHEMA } from './schema.js';
import { isTree, removeAt, removeEmpty, setAt, type Tree, valueAt } from './tree.js';

/** A validated configuration and the source of each value. */
export interface LoadedConfig {
  readonly config: AppConfig;
  /** As written, by dotted key: the text from file or variable, otherwise the default. */
  readonly values: ReadonlyMap<string, unknown>;
  /** By dotted key: `default`, the file's name (with the variables it uses), or `$VARIABLE`. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface LoadOptions {
  /** A YAML file; without it defaults and environment apply. */
  readonly file?: string;
  readonly env: Env;
}

/**
 * Reads the file, resolves references, applies the environment, validates.
 *
 * @throws ConfigError with all faults, not only the first
 */
export function loadConfig({ file, env }: LoadOptions): LoadedConfig {
  const faults: ConfigFault[] = [];
  const tree: Tree = file === undefined ? {} : readTree(file);
  const sources = new Map<string, string>(keysOf().map(({ key }) => [key, 'default']));
  if (file !== undefined) {
    resolveReferences(tree, [], file, env, sources, faults);
    readKeysFromFiles(tree, file, sources, faults);
  }
  override(tree, env, sources, faults);
  // A variable of the environment can replace an unresolved reference of the file.
  const open = faults.filter(({ key }) => sources.get(key)?.startsWith('$') !== true);
  const config = validate(tree, open);
  const values = new Map(keysOf().map((field) => [field.key, valueAt(tree, field.key) ?? field.fallback]));
  return { config, values, sources };
}

/**
 * The variables that secrets came from. Callers remove them from the environment, where crash reports, worker threads
 * and child processes would see them.
 */
export function secretVariables({ sources }: LoadedConfig): readonly string[] {
  const secrets = keysOf().filter(({ secret }) => secret);
  return secrets.flatMap(({ key }) =>
    [...(sources.get(key) ?? '').matchAll(/\$(\w+)/g)].map(([, name]) => name as string),
  );
}

/** A configuration in code for tests and tools, by dotted `snake_case` key; other keys have their defaults. */
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
  const tree = parseYaml(file, text);
  if (!isTree(tree))
    throw new ConfigError([{ key: '', problem: `${file} must consist of sections such as app: and api:` }]);
  removeEmpty(tree);
  return tree;
}

function parseYaml(file: string, text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = (message: string, at: number): ConfigFault => {
    const { line, col } = lines.linePos(at);
    // Without the line and the parser's quote of it, which may contain a secret.
    const [what] = message.split(':', 1);
    return { key: '', problem: `${file} is not valid YAML: ${what} at line ${line}, column ${col}` };
  };
  const problems = document.errors.map(({ message, pos }) => problem(message, pos[0]));
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined)
        problems.push(problem('an alias (*) without its anchor (&)', alias.range?.[0] ?? 0));
    },
    // A secret of digits must keep every digit; numeric keys parse the text later.
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'number' && scalar.source !== undefined) scalar.value = scalar.source;
    },
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return document.toJS() ?? {};
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
      continue;
    }
    const texts = Array.isArray(value) ? (value as unknown[]) : [value];
    const variables: string[] = [];
    const missing: ConfigFault[] = [];
    const resolved = texts.map((text) => {
      if (typeof text !== 'string') return text;
      const result = interpolate(text, key, env, missing);
      variables.push(...result.variables);
      return result.value;
    });
    // `allowed_origins: [${ORIGIN:-}]` without the variable is an empty list, not a list with one empty origin.
    tree[name] = Array.isArray(value) ? resolved.filter((item) => item !== '') : resolved[0];
    sources.set(key, variables.length === 0 ? file : `${file} ($${variables.join(', $')})`);
    faults.push(...missing);
    // One fault per key: a missing value is not reported as invalid, too.
    if (missing.length > 0) delete tree[name];
  }
}

/** @param faults earlier faults; all are reported together */
function validate(tree: Tree, faults: readonly ConfigFault[]): AppConfig {
  const found = [...faults];
  let parsed = SCHEMA.safeParse(tree);
  if (!parsed.success) {
    found.push(...faultsOf(parsed.error));
    // The rules are checked on the remaining values, so that they are reported at once, too.
    const rest = structuredClone(tree);
    for (const issue of parsed.error.issues) {
      if (issue.code === 'unrecognized_keys') for (const key of issue.keys) removeAt(rest, [...issue.path, key]);
      else removeAt(rest, issue.path);
    }
    parsed = SCHEMA.safeParse(rest);
  }
  if (parsed.success) {
    const config = camelise(parsed.data);
    const faulty = found.map(({ key }) => key);
    const concerns = (key: string) => faulty.some((other) => key === other || key.startsWith(`${other}.`));
    for (const { keys, problem } of [...contradictions(config), ...productionFaults(config)]) {
      if (!keys.some(concerns)) found.push({ key: keys[0], problem });
    }
    if (found.length === 0) return config;
  }
  throw new ConfigError(found);
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
