import { defineProvider } from '../sdk/index.js';
import { asgMetrics, asgTarget, awsAddress, awsConnection, groupName } from './aws.fields.js';

/**
 * Auto Scaling groups of AWS, with metrics from CloudWatch (docs/aws.md).
 *
 * @param options.allowAmbient whether connections may use the identity of the service itself
 */
export function awsAsgProvider({ allowAmbient }: { readonly allowAmbient: boolean }) {
  return defineProvider({
    type: 'aws_asg',
    apiVersion: 1,
    title: 'AWS Auto Scaling group',
    summary: 'Instances of an Auto Scaling group, with metrics from CloudWatch.',
    batching: true,
    connection: {
      spec: awsConnection(allowAmbient),
      secrets: ['secret_access_key', 'session_token'],
      named: true,
      kind: 'aws',
      ambient: ({ access_key_id: key }) => key === undefined,
      address: awsAddress,
    },
    target: {
      spec: asgTarget,
      // A group keeps no token. A change of its desired capacity since the last reading is refused as a conflict.
      capabilities: { fencing: false, statesDesired: true, partial: false },
      nameOf: groupName,
    },
    metrics: { spec: asgMetrics, capabilities: { totals: false }, nameOf: groupName },
    async open(connection, context) {
      const { openAws } = await import('./open.js');
      return openAws(connection, context);
    },
  });
}
