/** An object of Kubernetes, with what is used of it. All other fields are sent back unchanged. */
export interface RawObject {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** The object to write, and what differed from the expected state. */
export interface Restored {
  readonly object: RawObject;
  readonly note: string | null;
}

/** How autoscalers of one kind are switched off, and on again. What was before is kept in an annotation on the object. */
export interface Switch {
  readonly kind: string;
  /** As rights name it: `scaledobjects.keda.sh`. */
  readonly resource: string;
  path(namespace: string, name: string): string;
  /** What switching it off does, in a sentence. */
  readonly off: string;
  /** What switching it on again does, in a sentence. */
  readonly on: string;
  /**
   * @returns `null` if a take-over has switched it off already
   * @throws ProviderError `conflict` if it cannot be switched off
   */
  switchedOff(object: RawObject): RawObject | null;
  /** @returns `null` if no take-over has switched it off */
  restored(object: RawObject): Restored | null;
  /** The command that switches it off, from an object that is not. */
  offCommand(namespace: string, object: RawObject): string;
  /** The command that restores it, from an object that is switched off. */
  onCommand(namespace: string, object: RawObject): string;
}

/** The object with other annotations; `undefined` removes one. */
export function annotated(object: RawObject, changes: Readonly<Record<string, string | undefined>>): RawObject {
  const annotations = Object.entries({ ...object.metadata.annotations, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(annotations) } };
}

/** A word of a command for a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** @returns `undefined` if the text is no JSON */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
