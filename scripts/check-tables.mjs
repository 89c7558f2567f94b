// A table has one owner: the lib with its entity. No other source names it in SQL, and no entity leaves its lib. A
// statement that needs rows of several owners combines SQL fragments of each
// (docs/decisions/0007-sql-for-bulk-writes.md).
import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** The jobs of TimescaleDB on tables follow the configuration, and belong to the schema like the migrations. */
const OF_THE_SCHEMA = 'libs/database/src/jobs/policies.ts';
const SOURCES = ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts'];
const TESTS = /\.(spec|e2e-spec)\.ts$|\/testing\.ts$/;
const ENTITY = /@(?:View)?Entity\((?:\{\s*name:\s*)?'(\w+)'/g;
const SQL = /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN)\b/;
/** Placeholder for the values of a template. */
const FILLED = '§';

const libOf = (file) => file.split('/').slice(0, 2).join('/');

/** @returns the owning lib of each table */
export function ownersOf(files) {
  const owners = new Map();
  for (const [file, text] of files) {
    if (!file.endsWith('.entity.ts')) continue;
    for (const [, table] of text.matchAll(ENTITY)) owners.set(table, libOf(file));
  }
  return owners;
}

/** Texts of a source, without interpolated values. */
function textsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const texts = [];
  const visit = (node) => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push([node, node.text]);
    else if (ts.isTemplateExpression(node))
      texts.push([node, node.head.text + node.templateSpans.map(({ literal }) => FILLED + literal.text).join('')]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts.map(([node, content]) => [source.getLineAndCharacterOfPosition(node.getStart()).line + 1, content]);
}

/** Tables named in a statement; names after AS or after a dot are not tables. */
function namedIn(statement, tables) {
  if (!SQL.test(statement)) return [];
  const words = statement.replaceAll(/\bAS\s+"?\w+"?/gi, '').matchAll(/(?<![\w.'])(\w+)(§?)(?!\w)/g);
  const named = new Set();
  for (const [, word, isFilled] of words) {
    if (tables.has(word)) named.add(word);
    if (isFilled !== '') for (const table of tables.keys()) if (table.startsWith(word)) named.add(table);
  }
  return [...named];
}

/** @returns violations of the rule, as sentences */
export function faultsOf(files) {
  const owners = ownersOf(files);
  const faults = [];
  for (const [file, text] of files) {
    if (file === OF_THE_SCHEMA || TESTS.test(file)) continue;
    if (/^libs\/[^/]+\/src\/index\.ts$/.test(file) && /\w+Entity\b/.test(text)) {
      faults.push(`${file}: an entity stays in its lib; export its repository`);
    }
    for (const [line, content] of textsOf(file, text)) {
      for (const table of namedIn(content, owners)) {
        const owner = owners.get(table);
        if (owner !== libOf(file)) faults.push(`${file}:${line}: ${table} belongs to ${owner}; ask its repository`);
      }
    }
  }
  return faults;
}

if (process.argv[1] === import.meta.filename) {
  const files = SOURCES.flatMap((pattern) => globSync(pattern)).map((file) => [file, readFileSync(file, 'utf8')]);
  const faults = faultsOf(files);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
