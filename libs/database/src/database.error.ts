/** An error that an operator can fix: printed without a stack trace. */
export class DatabaseError extends Error {
  readonly operational = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseError';
  }
}
