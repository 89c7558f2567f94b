const POLL_MS = 50;

/**
 * Waits until `condition` yields something truthy and returns it; what it throws meanwhile counts as "not yet".
 * The bound is generous because it only decides how long a broken program takes to be called broken.
 */
export async function eventually<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = 90_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
