import { baseUrl, certificates, SERVER_NAME } from '../http/fields.js';
import { z } from '../sdk/index.js';

/** `.` and `..` would be other paths. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const nameThere = z
  .string()
  .regex(NAME, {
    error: 'must consist of 1 to 100 letters, digits, dots, dashes and underscores, and begin with a letter or digit',
  })
  .optional()
  .meta({
    title: 'Cluster ID',
    description: 'name of the cluster at the adapter; default its id',
    examples: ['web-1'],
  });

export const adapterConnection = z.strictObject({
  url: baseUrl(
    'Adapter',
    "base URL of the adapter; its server must be listed in collector.allowed_urls of the service's configuration",
    'https://adapter.example/autoscaler',
  ),
  ca: certificates('CA', 'certificates in PEM that are trusted instead of those of the system'),
  server_name: SERVER_NAME,
});
export const adapterTarget = z.strictObject({ cluster_id: nameThere });
export const adapterMetrics = z.strictObject({ cluster_id: nameThere });

export type AdapterConnection = z.output<typeof adapterConnection>;
export type AdapterTarget = z.output<typeof adapterTarget>;
export type AdapterMetrics = z.output<typeof adapterMetrics>;
