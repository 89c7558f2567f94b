import { z } from '../sdk/index.js';

/** What a path can name: `.` and `..` are other places. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const nameThere = z
  .string()
  .regex(NAME, {
    error: 'must consist of 1 to 100 letters, digits, dots, dashes and underscores, and begin with a letter or digit',
  })
  .optional()
  .meta({
    title: 'Cluster ID',
    description: 'name of the cluster at the simulator; default its id',
    examples: ['web-1'],
  });

const simulated = z
  .strictObject({
    servers: z.int().min(1).max(10_000).default(3).meta({ title: 'Servers at first' }),
    base_cpu: z
      .number()
      .min(1)
      .max(100)
      .default(50)
      .meta({ title: 'CPU at first, %', description: 'CPU % of the first servers under the first load' }),
    base_memory: z.number().min(1).max(100).default(40).meta({ title: 'Memory at first, %' }),
    variance: z.number().min(0).max(50).default(5).meta({ title: 'Variance', description: 'noise in points' }),
  })
  .optional()
  .meta({ title: 'Simulated servers', description: 'what to create when the simulator does not know the cluster' });

function isServer(url: string): boolean {
  const { pathname, search, hash } = new URL(url);
  return pathname === '/' && search + hash === '';
}

export const simulatorConnection = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL', abort: true })
    .refine(isServer, { error: 'must have no path' })
    .optional()
    .meta({
      title: 'Simulator',
      description: 'another simulator than the configured one; must be listed in collector.allowed_urls',
      examples: ['http://127.0.0.1:9000'],
    }),
});
export const simulatorTarget = z.strictObject({ cluster_id: nameThere, simulated });
export const simulatorMetrics = z.strictObject({ cluster_id: nameThere });

export type SimulatorTarget = z.output<typeof simulatorTarget>;
export type SimulatorMetrics = z.output<typeof simulatorMetrics>;
