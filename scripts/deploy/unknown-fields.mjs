// Finds fields of a manifest that its kind does not have. The Kubernetes schemas accept unknown fields, and the API
// server drops them: a misspelled `readinessProbe` would be missing. TypeScript's excess property check on the types of
// these schemas finds them.
import ts from 'typescript';

const FILE = 'manifests.ts';

/**
 * @param resources with the module that has the type of each
 * @returns violations of each, as sentences, in the same order
 */
export function unknownFields(resources) {
  const lines = resources.map(
    ({ module, resource }, index) =>
      `export const resource${index}: import('${module}').I${resource.kind} = ${JSON.stringify(resource)};`,
  );
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const disk = ts.createCompilerHost(options);
  const text = lines.join('\n');
  const host = {
    ...disk,
    getSourceFile: (name, ...rest) =>
      name === FILE ? ts.createSourceFile(FILE, text, ts.ScriptTarget.ES2023, true) : disk.getSourceFile(name, ...rest),
    fileExists: (name) => name === FILE || disk.fileExists(name),
    readFile: (name) => (name === FILE ? text : disk.readFile(name)),
  };
  const program = ts.createProgram([FILE], options, host);
  const source = program.getSourceFile(FILE);
  const found = lines.map(() => []);
  for (const { start, messageText } of [
    ...program.getSemanticDiagnostics(source),
    ...program.getSyntacticDiagnostics(source),
  ]) {
    const { line } = source.getLineAndCharacterOfPosition(start);
    found[line].push(ts.flattenDiagnosticMessageText(messageText, ' '));
  }
  return found;
}
