import { AppError, BadRequestError, type ErrorDetail, NotFoundError } from '#http';

/** The request is malformed; each detail names its field. */
export function invalid(...details: ErrorDetail[]): BadRequestError {
  return new BadRequestError('validation_failed', details.map(({ error }) => error).join('; '), details);
}

export function clusterNotFound(id: string): NotFoundError {
  return new NotFoundError('cluster_not_found', `there is no cluster "${id}"`);
}

export function staleToken(id: string, token: number, highest: number): AppError {
  return new AppError(
    409,
    'stale_token',
    `fencing token ${token} of cluster "${id}" is stale: another instance holds ${highest}`,
  );
}
