import { AppError } from '#http';
import { ConnectionSecrets, SealedError } from '#providers';
import { OperationalError } from '../operational.error.js';
import { withInertService } from './inert-service.js';
import { loadFile } from './load.js';

/** `autoscaler rotate-secrets`: encrypts all secrets of connections with the current `app.secrets_key`. */
export async function rotateSecrets(configFile: string | undefined): Promise<void> {
  const { config } = loadFile(configFile);
  const { all, renewed } = await withInertService(config, async (app) =>
    app.get(ConnectionSecrets, { strict: false }).renew(),
  ).catch((error: unknown) => {
    if (error instanceof AppError) throw new OperationalError(error.message, { cause: error });
    if (error instanceof SealedError)
      throw new OperationalError(`nothing was changed: a secret cannot be decrypted: ${error.message}`, {
        cause: error,
      });
    throw error;
  });
  console.log(`${renewed} of ${all} secrets are encrypted with app.secrets_key now; the others were before`);
}
