/** What a part of the model remembers: arrays of fixed length, so that its state is of fixed size. */
export type Memory = Float64Array | Float32Array | Uint16Array | Int16Array | Uint8Array;

/** A part of the model whose whole state lies in arrays: written and read back in the same order. */
export interface Remembering {
  memory(): readonly Memory[];
}

/** All arrays, one after the other, as bytes. */
export function snapshot(parts: readonly Remembering[]): Uint8Array {
  const arrays = parts.flatMap((part) => part.memory());
  const bytes = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const array of arrays) {
    bytes.set(bytesOf(array), at);
    at += array.byteLength;
  }
  return bytes;
}

/**
 * Fills the arrays of newly built parts.
 * @returns whether the snapshot fitted; where it did not, nothing was changed
 */
export function restoreSnapshot(parts: readonly Remembering[], bytes: Uint8Array): boolean {
  const arrays = parts.flatMap((part) => part.memory());
  if (arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) !== bytes.length) return false;
  let at = 0;
  for (const array of arrays) {
    bytesOf(array).set(bytes.subarray(at, at + array.byteLength));
    at += array.byteLength;
  }
  return true;
}

function bytesOf(array: Memory): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
