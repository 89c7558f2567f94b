import type { ComponentType } from 'react';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

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
 * @throws OutdatedPage where the service is there and does not have it
 */
export async function loadedPage(load: () => Promise<ComponentType>): Promise<{ Component: ComponentType }> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, 2 * wait)) {
    try {
      return { Component: await load() };
    } catch {
      if (await isServiceThere()) {
        // It may have come back between the two.
        return { Component: await load().catch(() => Promise.reject(new OutdatedPage())) };
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
