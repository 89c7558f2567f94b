import { Injectable } from '@nestjs/common';
import { type ErrorDetail, UndeclaredRules } from '#http';
import { ConnectionRules } from './connection.rules.js';

/** What is wrong with a new connection besides its class: the fields of its type. */
@Injectable()
export class ConnectionFaults extends UndeclaredRules {
  constructor(private readonly rules: ConnectionRules) {
    super();
  }

  protected async faultsOf({
    type,
    spec = {},
    secrets = {},
  }: Readonly<Record<string, unknown>>): Promise<readonly ErrorDetail[]> {
    const faults: ErrorDetail[] = [];
    if (typeof type === 'string' && isRecord(spec) && isRecord(secrets))
      this.rules.read(type, { spec, secrets }, faults);
    return faults;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
