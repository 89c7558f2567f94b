/** The configuration as written: nested sections, `snake_case`. */
export type Tree = Record<string, unknown>;

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function valueAt(tree: Tree, key: string): unknown {
  return key.split('.').reduce<unknown>((node, name) => (isTree(node) ? node[name] : undefined), tree);
}

/** @returns whether the value could be set; otherwise (`api: 3`) validation reports it */
export function setAt(tree: Tree, key: string, value: unknown): boolean {
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

/** Removes the value at a path; if the path continues below a value (a list item), removes that value. */
export function removeAt(tree: Tree, path: readonly PropertyKey[]): void {
  let node = tree;
  for (const name of path) {
    const child = node[String(name)];
    if (!isTree(child) || name === path.at(-1)) {
      delete node[String(name)];
      return;
    }
    node = child;
  }
}

/** Removes nulls: a YAML key or section without a value is unset. */
export function removeEmpty(tree: Tree): void {
  for (const [name, value] of Object.entries(tree)) {
    if (value === null) delete tree[name];
    else if (isTree(value)) removeEmpty(value);
  }
}
