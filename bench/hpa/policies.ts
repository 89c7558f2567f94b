/** The service with its service level, which writes the counts itself. */
export const SERVICE = 'slo';
/** The same, with KEDA as the only writer: the service is its external scaler. */
export const SERVICE_BY_KEDA = 'slo by KEDA';

/** @param target percent */
export function hpaPolicy(target: number): string {
  return `HPA ${target} %`;
}

/** The name of a policy for documents. */
export function titleOf(policy: string): string {
  if (policy === SERVICE) return 'service level';
  return policy === SERVICE_BY_KEDA ? "KEDA with the service's external scaler" : policy;
}
