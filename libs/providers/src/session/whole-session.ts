import type { Session } from '../sdk/index.js';

/** A session that answers to everything, if only by an error. */
export type WholeSession = Session & Required<Pick<Session, 'ensure' | 'setDesired'>>;
