/** State of a part of the model: arrays of fixed length. */
export type Memory = Float64Array | Float32Array | Uint16Array | Int16Array | Uint8Array;

/** A part of the model whose whole state is in arrays, written and restored in the same order. */
export interface Remembering {
  memory(): readonly Memory[];
}

/** All arrays concatenated as bytes. */
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
 * Restores the arrays of newly built parts.
 * @returns whether the snapshot has the right size; otherwise nothing was changed
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
