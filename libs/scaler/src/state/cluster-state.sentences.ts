import { share } from '#engine';

/** Messages for states that no alert covers, by code. */
export const STATE_SENTENCES = {
  error: () => 'The service cannot work on this cluster. Servers stay as they are.',
  silent: () => 'No instance works on this cluster. Servers stay as they are.',
  promise_broken: ({ spent, promised }: { readonly spent: number; readonly promised: number }) =>
    `Service level missed: ${share(spent)} of requests were slow or failed, ${share(promised)} is allowed.`,
};
