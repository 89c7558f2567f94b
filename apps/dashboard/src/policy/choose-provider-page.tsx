import { Anchor, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { Failure, Waiting } from '../layout/faces';
import { useTitle } from '../layout/use-title';
import { inOrder } from '../provider/kinds';
import { useProviders } from '../provider/queries';
import classes from './choose-provider-page.module.css';

/** The first step to a new cluster: what stands behind it. */
export function ChooseProviderPage() {
  useTitle('New cluster');
  const providers = useProviders();
  if (providers.isPending) return <Waiting failure={providers.failureReason} />;
  if (providers.data === undefined) return <Failure error={providers.error} onRetry={() => void providers.refetch()} />;
  return (
    <div className={classes['page']}>
      <Title order={1} size="h2">
        New cluster
      </Title>
      <Text c="dimmed" size="sm" mb="md">
        What stands behind it? Nothing is scaled before you create the cluster.
      </Text>
      <ul className={classes['cards']}>
        {inOrder(providers.data.providers).map(({ type, title, summary }) => (
          <li key={type} className={classes['card']}>
            <Link
              className={classes['link']}
              to={type === 'kubernetes' ? '/clusters/from-kubernetes' : `/clusters/new/${encodeURIComponent(type)}`}
            >
              {type === 'kubernetes' ? 'Add from Kubernetes' : title}
            </Link>
            <Text size="sm">{summary ?? 'A plugin of this installation.'}</Text>
            {type === 'kubernetes' && (
              <Text size="sm">
                You choose from the workloads that a connection finds, or{' '}
                <Anchor component={Link} to="/clusters/new/kubernetes" inherit underline="always">
                  describe one by hand
                </Anchor>
                .
              </Text>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
