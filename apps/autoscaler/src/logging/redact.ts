const SECRET = /authorization|cookie|password|passwd|secret|token|credential|api[-_]?key/i;
const CENSORED = '[redacted]';
/** Deeper than anything that is logged on purpose. */
const DEEPEST = 8;

/** A copy without the values of fields that are named like a secret, at any depth. */
export function redact(value: Record<string, unknown>): Record<string, unknown> {
  return copy(value, 0) as Record<string, unknown>;
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  // Errors, dates and the like have their own serializers.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET.test(key) && inner !== null ? CENSORED : copy(inner, depth + 1),
    ]),
  );
}
