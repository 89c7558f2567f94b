import type { status } from '@grpc/grpc-js';

/** Why an external scaler has no number; KEDA logs the message and shows it in the events of the ScaledObject. */
export class ScalerError extends Error {
  constructor(
    readonly code: keyof typeof status,
    message: string,
  ) {
    super(message);
    this.name = 'ScalerError';
  }
}
