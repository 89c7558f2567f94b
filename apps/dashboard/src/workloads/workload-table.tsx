import { Anchor, Checkbox, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { WideTable } from '../layout/wide-table';
import { boundsWords, chosenOf, isFree, keyOf, serversWords, targetWords, type Workload } from './workload';
import classes from './workload-table.module.css';

interface WorkloadTableProps {
  readonly workloads: readonly Workload[];
  /** Keys; see `keyOf`. */
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (keys: readonly string[], isChosen: boolean) => void;
}

/** Workloads with the bounds and the target that are taken over; those of which no cluster can be made say why. */
export function WorkloadTable({ workloads, chosen, onChoose }: WorkloadTableProps) {
  const free = workloads.filter(isFree).map((workload) => keyOf(chosenOf(workload)));
  const count = free.filter((key) => chosen.has(key)).length;
  return (
    <WideTable minWidth={860}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <Checkbox
                aria-label="Choose all that are shown"
                disabled={free.length === 0}
                checked={count > 0 && count === free.length}
                indeterminate={count > 0 && count < free.length}
                onChange={() => onChoose(free, count < free.length)}
              />
            </Table.Th>
            <Table.Th>Workload</Table.Th>
            <Table.Th>Servers</Table.Th>
            <Table.Th>Scaled today by</Table.Th>
            <Table.Th>Bounds</Table.Th>
            <Table.Th>Target</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {workloads.map((workload) => {
            const key = keyOf(chosenOf(workload));
            return (
              <WorkloadRow
                key={key}
                workload={workload}
                chosen={chosen.has(key)}
                onChoose={(isChosen) => onChoose([key], isChosen)}
              />
            );
          })}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}

interface WorkloadRowProps {
  readonly workload: Workload;
  readonly chosen: boolean;
  readonly onChoose: (isChosen: boolean) => void;
}

function WorkloadRow({ workload, chosen, onChoose }: WorkloadRowProps) {
  const { namespace, name, kind, cluster, refused, scaled_by: scaledBy } = workload;
  const free = isFree(workload);
  return (
    <Table.Tr data-off={!free || undefined} className={classes['row'] ?? ''}>
      <Table.Td>
        <Checkbox
          aria-label={`Choose ${kind} ${namespace}/${name}`}
          disabled={!free}
          checked={free && chosen}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        <span className={classes['name']}>{`${namespace}/${name}`}</span>{' '}
        <Text span size="sm" c="dimmed">
          {kind}
        </Text>
        {cluster !== null ? (
          <Text size="sm">
            Registered already:{' '}
            <Anchor component={Link} size="sm" underline="always" to={`/clusters/${cluster.id}`}>
              {cluster.name}
            </Anchor>
          </Text>
        ) : (
          refused !== null && <Text size="sm">{refused}</Text>
        )}
      </Table.Td>
      <Table.Td>{serversWords(workload)}</Table.Td>
      <Table.Td>{scaledBy?.by ?? 'no autoscaler'}</Table.Td>
      <Table.Td>{boundsWords(workload)}</Table.Td>
      <Table.Td>{targetWords(workload)}</Table.Td>
    </Table.Tr>
  );
}
