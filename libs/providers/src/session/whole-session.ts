import type { Session } from '../sdk/index.js';

/** What the service asks of a session: clusters are made on the way. */
export type WholeSession = Omit<Session, 'ensure' | 'check' | 'workloads' | 'takeOver' | 'handBack' | 'renew'> &
  Required<Pick<Session, 'setDesired'>>;
