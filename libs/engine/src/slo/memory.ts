/** What a part of the model remembers: arrays of fixed length, so that its state is of fixed size. */
export type Memory = Float64Array | Float32Array | Uint16Array | Int16Array;

/** A part of the model whose whole state lies in arrays: written and read back in the same order. */
export interface Remembering {
  memory(): readonly Memory[];
}

/** All arrays, each as base64 of its bytes. */
export function packMemory(parts: readonly Remembering[]): readonly string[] {
  return parts.flatMap((part) => part.memory()).map(encode);
}

/**
 * Fills the arrays of newly built parts.
 * @returns whether the state fitted; where it did not, nothing was changed
 */
export function unpackMemory(parts: readonly Remembering[], packed: readonly string[]): boolean {
  const arrays = parts.flatMap((part) => part.memory());
  if (arrays.length !== packed.length) return false;
  const decoded = packed.map(decode);
  if (decoded.some((bytes, index) => bytes === null || bytes.length !== arrays[index]!.byteLength)) return false;
  for (const [index, bytes] of decoded.entries()) {
    const array = arrays[index]!;
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes!);
  }
  return true;
}

function encode(array: Memory): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = '';
  // Spreading more than some 100,000 arguments overflows the stack.
  for (let from = 0; from < bytes.length; from += 8192) {
    text += String.fromCharCode.apply(null, bytes.subarray(from, from + 8192) as unknown as number[]);
  }
  return btoa(text);
}

function decode(packed: string): Uint8Array | null {
  try {
    const text = atob(packed);
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
    return bytes;
  } catch {
    return null;
  }
}
