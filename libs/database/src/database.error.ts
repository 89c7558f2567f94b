/** What an operator can mend: told in words, without a stack trace. */
export class DatabaseError extends Error {
  readonly operational = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseError';
  }
}
