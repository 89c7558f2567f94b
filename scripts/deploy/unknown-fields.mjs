// Finds fields that a manifest has and its kind does not. The schemas of Kubernetes let unknown fields pass, and so does its server, which
// forgets them: a misspelt `readinessProbe` would be none. TypeScript's check of literals against the types of the same schemas does not.
import ts from 'typescript';

const FILE = 'manifests.ts';

/**
 * @param resources with the module that has the type of each
 * @returns what is wrong with each, in words, in the same order
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
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const text = lines.join('\n');
  host.getSourceFile = (name, ...rest) =>
    name === FILE
      ? ts.createSourceFile(FILE, text, ts.ScriptTarget.ES2023, true)
      : getSourceFile.call(host, name, ...rest);
  host.fileExists = (name) => name === FILE || fileExists.call(host, name);
  host.readFile = (name) => (name === FILE ? text : readFile.call(host, name));
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
