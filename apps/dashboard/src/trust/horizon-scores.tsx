import { Table, Text } from '@mantine/core';
import type { Schema } from '../api/client';
import { duration, number, percent } from '../layout/words';
import { WideTable } from '../layout/wide-table';
import classes from './horizon-scores.module.css';

type Trust = Schema['TrustReportDto'];

/** Scores of the forecast that decides, and of those over half and twice its horizon. */
export function HorizonScores({ trust }: { readonly trust: Trust }) {
  const { horizons, demoted } = trust;
  const levels = Object.keys(trust.coverage);
  return (
    <WideTable minWidth={540}>
      <Table aria-label="Scores by horizon" verticalSpacing={6} horizontalSpacing={6}>
        <Table.Thead>
          <Table.Tr className={classes['groups'] ?? ''}>
            <Table.Th scope="col" rowSpan={2}>
              Ahead
            </Table.Th>
            <Table.Th scope="colgroup" colSpan={levels.length} ta="right">
              Coverage of quantile
            </Table.Th>
            <Table.Th scope="colgroup" colSpan={levels.length} ta="right">
              Pinball loss
            </Table.Th>
            <Table.Th scope="col" rowSpan={2} ta="right">
              Bias
            </Table.Th>
            <Table.Th scope="col" rowSpan={2} ta="right">
              Judged
            </Table.Th>
          </Table.Tr>
          <Table.Tr>
            {['coverage', 'loss'].map((score) =>
              levels.map((level) => (
                <Table.Th key={`${score} ${level}`} scope="col" ta="right">
                  {percent(Number(level), 0)}
                </Table.Th>
              )),
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {horizons.map(({ seconds, decides, judged, coverage, pinball, bias, settled }) => (
            <Table.Tr key={seconds} className={classes['row'] ?? ''} data-decides={decides || undefined}>
              <Table.Th scope="row">
                {duration(1000 * seconds)}
                {decides && (
                  <Text size="xs" c="dimmed">
                    {demoted ? 'would decide' : 'decides'}
                  </Text>
                )}
              </Table.Th>
              {levels.map((level) => (
                <Table.Td key={`coverage ${level}`} ta="right">
                  {percent(judged ? coverage[level] : null)}
                </Table.Td>
              ))}
              {levels.map((level) => (
                <Table.Td key={`loss ${level}`} ta="right">
                  {number(judged ? pinball[level] : null, 3)}
                </Table.Td>
              ))}
              <Table.Td ta="right">{number(judged ? bias : null, 3)}</Table.Td>
              <Table.Td ta="right">{number(settled, 0)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}
