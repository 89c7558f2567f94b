import { readFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import ts from 'typescript';
import { expectGolden } from './support/golden.js';

/** Index of the code in the arguments of an error's constructor; the message follows. */
const CODE_AT = new Map([
  ['AppError', 1],
  ...['BadRequest', 'Unauthorized', 'Forbidden', 'NotFound', 'Conflict', 'TooManyRequests', 'Unavailable'].map(
    (name) => [`${name}Error`, 0] as const,
  ),
]);
const LEVELS = new Set(['fatal', 'error', 'warn', 'log', 'debug', 'verbose']);
/** Methods that log their argument, and their level. */
const LOGGING = new Map([
  ['problem', 'error'],
  ['announce', 'warn'],
]);

const errors = new Map<string, Set<string>>();
const logs = new Map<string, Set<string>>();

for (const file of globSync(['libs/*/src/**/*.ts', 'apps/{autoscaler,simulator}/src/**/*.ts']).toSorted()) {
  if (file.endsWith('.spec.ts')) continue;
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  visit(source);
}

function visit(node: ts.Node): void {
  if (ts.isNewExpression(node)) noteError(node);
  if (ts.isCallExpression(node)) noteLog(node);
  ts.forEachChild(node, visit);
}

function noteError({ expression, arguments: args }: ts.NewExpression): void {
  const at = CODE_AT.get(expression.getText());
  const [code, message] = at === undefined ? [] : (args ?? []).slice(at);
  if (code !== undefined && message !== undefined) note(errors, textOf(code), message);
}

function noteLog({ expression: called, arguments: [message] }: ts.CallExpression): void {
  if (message === undefined || !ts.isPropertyAccessExpression(called)) return;
  const { name, expression: owner } = called;
  const isLogger = LEVELS.has(name.text) && /[lL]ogger(\(.*\))?$/.test(owner.getText());
  const level = isLogger ? name.text : LOGGING.get(name.text);
  if (level !== undefined) note(logs, level, message);
}

/** Collects the literal texts of an expression; values that are only passed on belong to another place. */
function note(found: Map<string, Set<string>>, key: string, message: ts.Expression): void {
  const texts = found.get(key) ?? new Set();
  for (const text of textsOf(message)) if (!/^\{[^{}]*\}$/.test(text)) texts.add(text);
  found.set(key, texts);
}

function textsOf(node: ts.Expression): readonly string[] {
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
    return [...textsOf(node.left), ...textsOf(node.right)];
  }
  if (ts.isIdentifier(node)) {
    const declared = declarationOf(node);
    if (declared !== null) return textsOf(declared);
  }
  return [textOf(node)];
}

function textOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return (
      node.head.text +
      node.templateSpans.map(({ expression, literal }) => `{${nameOf(expression)}}${literal.text}`).join('')
    );
  }
  return `{${nameOf(node)}}`;
}

/** The last name in an expression, enough for readers. */
function nameOf(node: ts.Expression): string {
  return node.getText().match(/[\w$]+(?=\W*$)/)?.[0] ?? '';
}

/** The initializer of a constant in an enclosing block. */
function declarationOf({ text, parent }: ts.Identifier): ts.Expression | null {
  for (let scope: ts.Node | undefined = parent; scope !== undefined; scope = scope.parent) {
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) continue;
    for (const statement of scope.statements.filter(ts.isVariableStatement)) {
      const found = statement.declarationList.declarations.find(({ name }) => name.getText() === text);
      if (found?.initializer !== undefined) return found.initializer;
    }
  }
  return null;
}

const sorted = (found: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> =>
  new Map(
    [...found]
      .filter(([, texts]) => texts.size > 0)
      .map(([key, texts]) => [key, [...texts].toSorted()] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );

it.each([
  ['errors', errors],
  ['logs', logs],
])('%s match the golden file', (subject, found) => {
  expect(found.size).toBeGreaterThan(0);
  expectGolden(new URL(`golden/${subject}.txt`, import.meta.url), sorted(found));
});
