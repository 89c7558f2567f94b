import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../bench/dashboard/browser.js';
import { ApiClient } from './client.js';
import { eventually } from './eventually.js';
import { Person } from './person.js';
import { startSystem, type System, type SystemOptions } from './programs.js';

/** The service with its simulator, and a browser in which its first user is logged in. */
export interface PageSystem {
  readonly system: System;
  readonly browser: Browser;
  /** The API as ada, the first user. */
  readonly api: ApiClient;
  readonly ada: Person;
  /** The page of ada. */
  readonly page: Page;
  /** Closes the browser, and stops the programs. */
  stop(): Promise<void>;
}

/** @throws Error if a part does not start; the others are stopped then */
export async function startPageSystem(
  options: SystemOptions = { speed: 60, provisioning: '30s' },
): Promise<PageSystem> {
  const browser = await launchBrowser();
  let system: System | undefined;
  const stop = async (): Promise<void> => {
    await browser.close();
    await system?.stop();
  };
  try {
    system = await startSystem(options);
    const api = await ApiClient.register(system.urls.api, 'ada');
    const ada = await Person.arrive(browser, system.urls.api);
    await ada.logIn('ada');
    return { system, browser, api, ada, page: ada.page, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Creates the cluster `web` with a service level, and waits until its servers are known. @returns its id */
export async function addWebCluster(api: ApiClient): Promise<string> {
  const { body } = await api.post<{ id: string }>('/clusters', {
    name: 'web',
    min_servers: 2,
    max_servers: 20,
    config: { interval: '1s' },
    policy: { slo: { violations: '1%', max_utilization: '90%' } },
  });
  await eventually('it is ticked', async () => {
    const status = await api.get<{ servers: object | null }>(`/clusters/${body.id}/status`);
    return status.body.servers !== null;
  });
  return body.id;
}
