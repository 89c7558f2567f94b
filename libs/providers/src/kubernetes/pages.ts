import { ProviderError } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import { isStatus } from './api-error.js';

/** Objects of one page. */
const PAGE = 500;
/** Objects that are read of one list, however few of them are kept. */
const MOST_READ = 50_000;

interface Listed {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly unknown[];
}

export interface PagedRequest {
  readonly path: string;
  /** What is missing where it is forbidden: "list deployments.apps in namespace web". */
  readonly right: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** How a list ended: read whole, cut short, or not read because a right is missing. */
export type Listing = 'whole' | 'cut' | 'forbidden';

/**
 * Reads a list page by page. A kind that is not there has no objects.
 *
 * @param take receives each object; `false`: enough
 * @throws ProviderError other than that a right is missing
 */
export async function readPages(
  api: KubernetesApi,
  { path, right, query = {}, signal }: PagedRequest,
  take: (object: unknown) => boolean,
): Promise<Listing> {
  let token = '';
  let read = 0;
  try {
    do {
      const page: Listed = await api.get<Listed>(path, {
        query: { ...query, limit: PAGE, ...(token === '' ? {} : { continue: token }) },
        right,
        signal,
      });
      const { items = [] } = page;
      for (const item of items) if (!take(item)) return 'cut';
      read += items.length;
      token = page.metadata?.continue ?? '';
      if (token !== '' && read >= MOST_READ) return 'cut';
    } while (token !== '');
    return 'whole';
  } catch (error) {
    if (error instanceof ProviderError && isStatus(error, 403)) return 'forbidden';
    if (isStatus(error, 404)) return 'whole';
    throw error;
  }
}
