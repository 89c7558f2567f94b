import { globSync, readFileSync } from 'node:fs';

/** A block of commands in a document. */
export interface Block {
  readonly file: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
  /** Without the indentation of a list. */
  readonly text: string;
}

/** All blocks of shell commands in the documents that users read. */
export function docsBlocks(): readonly Block[] {
  return globSync(['README.md', 'CONTRIBUTING.md', 'docs/*.md']).toSorted().flatMap(blocksOf);
}

function blocksOf(file: string): readonly Block[] {
  const document = readFileSync(file, 'utf8');
  return [...document.matchAll(/^( *)```(?:bash|sh|shell|console)\n(.*?)^ *```/gms)].map(
    ({ index, 1: indent = '', 2: body = '' }) => ({
      file,
      line: document.slice(0, index).split('\n').length,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** `npm run NAME` in a block. */
export function scriptsIn({ text }: Block): readonly string[] {
  return [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name!);
}

/** Paths of this repository in a block, without what the build makes. */
export function pathsIn({ text }: Block): readonly string[] {
  return [...text.matchAll(/(?<![\w./-])(?:bench|config|data|deploy|k8s|libs)\/[\w./-]*\w/g)]
    .map(([path]) => path)
    .filter((path) => !path.startsWith('deploy/certificates/'));
}
