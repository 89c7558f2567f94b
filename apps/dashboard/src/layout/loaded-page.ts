import type { ComponentType } from 'react';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
/**
 * Messages of Chromium, Firefox, WebKit and Vite for a module that could not be loaded; anything else is an error in
 * the module.
 */
const NOT_TO_BE_HAD = /dynamically imported module|Importing a module script failed|Unable to preload/;

/** The service is reachable, but a part of this page is missing: it is from another version. */
export class OutdatedPage extends Error {
  override readonly name = 'OutdatedPage';

  constructor() {
    super('This page is from another version of the service.');
  }
}

async function isServiceThere(): Promise<boolean> {
  try {
    return (await fetch('/health/live', { cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

/**
 * Loads a page on demand. While the service is unreachable it is retried.
 *
 * @throws OutdatedPage if the service is reachable and does not have it; other errors unchanged
 */
export async function loadedPage(load: () => Promise<ComponentType>): Promise<{ Component: ComponentType }> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, 2 * wait)) {
    try {
      return { Component: await load() };
    } catch (error) {
      if (!(error instanceof Error && NOT_TO_BE_HAD.test(error.message))) throw error;
      if (await isServiceThere()) {
        // It may have come back in between.
        return { Component: await load().catch(() => Promise.reject(new OutdatedPage())) };
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
