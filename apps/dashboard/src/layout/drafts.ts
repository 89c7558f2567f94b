import { useCallback, useSyncExternalStore } from 'react';

/**
 * Unsaved input by form, while the tab is open. In memory only: a draft may hold what must not be stored in a browser.
 */
const drafts = new Map<string, unknown>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(key: string, draft: unknown): void {
  if (draft === null) drafts.delete(key);
  else drafts.set(key, draft);
  for (const listener of listeners) listener();
}

/** The draft of a form, also after its page was left; `null`: none. */
export function useDraft<T>(key: string): readonly [T | null, (draft: T | null) => void] {
  const draft = useSyncExternalStore(subscribe, () => drafts.get(key) ?? null) as T | null;
  return [draft, useCallback((next: T | null) => set(key, next), [key])];
}

/** Another user must not see them. */
export function forgetDrafts(): void {
  drafts.clear();
  for (const listener of listeners) listener();
}
