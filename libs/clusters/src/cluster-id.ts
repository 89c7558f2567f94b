import { IdParam } from '#http';

/** The id of the cluster in the path. */
export const ClusterId = (): ParameterDecorator => IdParam('id');
