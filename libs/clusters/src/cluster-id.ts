import { IdParam } from '#http';

/** The cluster that a path names. */
export const ClusterId = (): ParameterDecorator => IdParam('id');
