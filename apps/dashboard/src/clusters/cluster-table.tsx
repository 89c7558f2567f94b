import { CaretDownIcon, CaretSortIcon, CaretUpIcon } from '@radix-ui/react-icons';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useMediaQuery } from '@mantine/hooks';
import { type KeyboardEvent, type Ref, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { stepOf } from '../layout/arrow-keys';
import { ClusterRow } from './cluster-row';
import classes from './cluster-table.module.css';
import { useRowDetails } from './row-details';
import type { Overview, Sorting, SortKey } from './overview';

const COLUMNS: readonly { readonly key: SortKey; readonly label: string; readonly highFirst: boolean }[] = [
  { key: 'condition', label: 'State', highFirst: false },
  { key: 'name', label: 'Cluster', highFirst: false },
  { key: 'servers', label: 'Servers', highFirst: true },
  { key: 'demand', label: 'Demand, 10 min', highFirst: true },
  { key: 'cpu', label: 'Load', highFirst: true },
  { key: 'budget', label: 'Promise', highFirst: false },
  { key: 'changed', label: 'Last change', highFirst: true },
];
const ROW_PX = 60;
const CARD_PX = 170;
const CARD_GAP_PX = 10;
/** Height of a problem's sentence: one line in a row, two lines in a card. */
const WRONG_ROW_PX = 22;
const WRONG_CARD_PX = 42;

/** Frames to wait for a row after scrolling to it. */
const FRAMES = 20;

export interface ClusterTableHandle {
  focusFirst(): void;
}

interface ClusterTableProps {
  readonly ref?: Ref<ClusterTableHandle>;
  readonly clusters: readonly Overview[];
  readonly loadedAt: number;
  readonly sorting: Sorting;
  readonly showOwner: boolean;
  readonly onSort: (sorting: Sorting) => void;
}

/** A virtualized table; on a phone, a list of cards. */
export function ClusterTable({ ref, clusters, loadedAt, sorting, showOwner, onSort }: ClusterTableProps) {
  const narrow = useMediaQuery('(max-width: 960px)') ?? false;
  const body = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const element = body.current;
    if (element !== null) setOffset(element.getBoundingClientRect().top + window.scrollY);
  }, [narrow]);
  const [height, wrongHeight] = narrow ? [CARD_PX, WRONG_CARD_PX] : [ROW_PX, WRONG_ROW_PX];
  const rows = useWindowVirtualizer({
    count: clusters.length,
    estimateSize: (index) => height + (clusters[index]?.state.level === 'ok' ? 0 : wrongHeight),
    overscan: 6,
    scrollMargin: offset,
    getItemKey: (index) => clusters[index]?.id ?? index,
  });
  useLayoutEffect(() => rows.measure(), [rows, height, clusters]);

  /** Only visible rows exist: a farther one appears after scrolling to it. */
  function focus(index: number, frames = FRAMES): void {
    const link = body.current?.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"] a`);
    if (link !== null && link !== undefined) link.focus();
    else if (frames > 0) {
      if (frames === FRAMES) rows.scrollToIndex(index);
      requestAnimationFrame(() => focus(index, frames - 1));
    }
  }
  const details = useRowDetails();
  useImperativeHandle(ref, () => ({ focusFirst: () => focus(0) }));

  function walk(index: number, event: KeyboardEvent): void {
    const next = stepOf(event.key, index, clusters.length);
    if (next === null) return;
    event.preventDefault();
    focus(next);
  }

  return (
    <>
      <div
        role="table"
        aria-label="Clusters"
        aria-rowcount={clusters.length + 1}
        className={classes['table']}
        data-narrow={narrow || undefined}
      >
        <div role="rowgroup" className={narrow ? `${classes['header']} scrolls` : classes['header']}>
          <div role="row" aria-rowindex={1} className={classes['columns']}>
            {COLUMNS.map(({ key, label, highFirst }) => {
              const own = sorting.key === key;
              return (
                <div
                  key={key}
                  role="columnheader"
                  aria-sort={own ? (sorting.descending ? 'descending' : 'ascending') : 'none'}
                >
                  <button
                    type="button"
                    className={classes['sort']}
                    data-on={own || undefined}
                    onClick={() => onSort({ key, descending: own ? !sorting.descending : highFirst })}
                  >
                    {label}
                    <Caret direction={own ? (sorting.descending ? 'down' : 'up') : null} />
                  </button>
                </div>
              );
            })}
          </div>
        </div>
        <div
          ref={body}
          role="rowgroup"
          className={classes['body']}
          style={{ height: rows.getTotalSize() }}
          {...details.handlers}
        >
          {rows.getVirtualItems().map(({ key, index, start, size }) => {
            const cluster = clusters[index];
            return cluster === undefined ? null : (
              <ClusterRow
                key={key}
                overview={cluster}
                loadedAt={loadedAt}
                index={index}
                top={start - offset}
                height={narrow ? size - CARD_GAP_PX : size}
                showOwner={showOwner}
                onKey={walk}
              />
            );
          })}
        </div>
      </div>
      {details.tooltip}
    </>
  );
}

function Caret({ direction }: { readonly direction: 'up' | 'down' | null }) {
  if (direction === 'up') return <CaretUpIcon aria-hidden="true" />;
  if (direction === 'down') return <CaretDownIcon aria-hidden="true" />;
  return <CaretSortIcon aria-hidden="true" className={classes['unsorted']} />;
}
