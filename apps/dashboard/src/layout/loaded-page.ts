import type { ComponentType } from 'react';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
/** What Chromium, Firefox, WebKit and Vite say where a part was not to be had; anything else is a fault of the part itself. */
const NOT_TO_BE_HAD = /dynamically imported module|Importing a module script failed|Unable to preload/;

/** The service is there, but a part of this page is not: it is from another version of it. */
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
 * Loads a part of the page when somebody goes there. While the service is away it is tried again until it is back, as everything else is.
 *
 * @throws OutdatedPage where the service is there and does not have it; whatever else is wrong with it, as it is
 */
export async function loadedPage(load: () => Promise<ComponentType>): Promise<{ Component: ComponentType }> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, 2 * wait)) {
    try {
      return { Component: await load() };
    } catch (error) {
      if (!(error instanceof Error && NOT_TO_BE_HAD.test(error.message))) throw error;
      if (await isServiceThere()) {
        // It may have come back between the two.
        return { Component: await load().catch(() => Promise.reject(new OutdatedPage())) };
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
