import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

interface WideTableProps {
  /** Below this width in pixels it scrolls sideways. */
  readonly minWidth: number;
  readonly children: ReactNode;
}

/** A table that scrolls if it does not fit, also with the keyboard. */
export function WideTable({ minWidth, children }: WideTableProps) {
  return (
    <Table.ScrollContainer minWidth={minWidth} type="native" tabIndex={0} className="scrolls">
      {children}
    </Table.ScrollContainer>
  );
}
