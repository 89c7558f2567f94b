import { share } from '#engine';

/** What is told of a cluster that no alert tells of, by code. */
export const STATE_SENTENCES = {
  error: () => 'The service cannot work on this cluster. Servers stay as they are.',
  silent: () => 'No instance works on this cluster. Servers stay as they are.',
  promise_broken: ({ spent, promised }: { readonly spent: number; readonly promised: number }) =>
    `Service level missed: ${share(spent)} of requests were slow or failed, ${share(promised)} is allowed.`,
};
