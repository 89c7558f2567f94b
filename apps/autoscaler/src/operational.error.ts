/** An error that the operator can fix: printed without a stack trace. */
export class OperationalError extends Error {
  readonly operational = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OperationalError';
  }
}
