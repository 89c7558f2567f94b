import { basename } from 'node:path';
import { parse } from 'yaml';
import { PolicyDto, policyFromWire, thresholdDefaults } from '#clusters';
import type { Policy } from '#engine';
import { AppError, validationPipe } from '#http';
import { type NamedPolicy, unplayable } from '#world';
import { OperationalError } from '../operational.error.js';
import { readText } from './demand.js';
import type { ThresholdConfig } from './options.js';

/** The default policy, as for a new cluster. */
const DEFAULT: object = { slo: {} };

/**
 * Reads policies in the format of `POST /clusters`, as YAML or JSON.
 *
 * @param own the policy of the cluster whose history is played, if any; used when no file is named
 * @throws OperationalError naming the file, every invalid field, and the reason
 */
export async function readPolicies(
  files: readonly string[],
  own: Policy | undefined,
  config: ThresholdConfig,
): Promise<readonly NamedPolicy[]> {
  if (files.length === 0 && own !== undefined) {
    return [{ name: 'current', policy: playable(own, "the cluster's own policy") }];
  }
  if (files.length === 0) return [{ name: 'slo', policy: await policyOf(DEFAULT, 'the default policy', config) }];
  const policies: NamedPolicy[] = [];
  for (const file of files) {
    const name = basename(file).replace(/\.(ya?ml|json)$/, '');
    if (policies.some((other) => other.name === name)) {
      throw new OperationalError(
        `autoscaler backtest: two policies are called "${name}"; give their files different names`,
      );
    }
    policies.push({ name, policy: await policyOf(yamlOf(await readText(file, 'the policy'), file), file, config) });
  }
  return policies;
}

function yamlOf(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new OperationalError(`autoscaler backtest: ${file}: ${(error as Error).message}`, { cause: error });
  }
}

async function policyOf(value: unknown, where: string, config: ThresholdConfig): Promise<Policy> {
  try {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new OperationalError(`autoscaler backtest: ${where}: expected a policy such as "slo: { violations: 1% }"`);
    }
    const dto = (await validationPipe().transform(value, { type: 'body', metatype: PolicyDto })) as PolicyDto;
    return playable(policyFromWire(dto, thresholdDefaults(config)), where);
  } catch (error) {
    if (error instanceof AppError) {
      throw new OperationalError(`autoscaler backtest: ${where}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function playable(policy: Policy, where: string): Policy {
  const problem = unplayable(policy);
  if (problem !== null) throw new OperationalError(`autoscaler backtest: ${where}: ${problem}`);
  return policy;
}
