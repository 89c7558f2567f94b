/** What whoever starts the program can mend: told in words, without a stack trace. */
export class OperationalError extends Error {
  readonly operational = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OperationalError';
  }
}
