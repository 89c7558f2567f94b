import { Tooltip } from '@mantine/core';
import { type FocusEvent, type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from 'react';

/** Texts of a row that may be cut have this attribute. */
export const CUT = { 'data-may-be-cut': true } as const;
const OPEN_AFTER_MS = 250;

interface Shown {
  readonly row: HTMLElement;
  readonly texts: readonly string[];
}

/**
 * The whole texts of a row whose ends are cut, on hover and on focus. One tooltip serves all rows: the link of a row
 * lies over its texts, so they get no pointer events of their own.
 */
export function useRowDetails() {
  const [shown, setShown] = useState<Shown | null>(null);
  const timer = useRef<number>(undefined);
  const close = (): void => {
    window.clearTimeout(timer.current);
    setShown(null);
  };
  useEffect(() => () => window.clearTimeout(timer.current), []);

  function open({ target }: MouseEvent | FocusEvent, afterMs: number): void {
    const row = target instanceof HTMLElement ? target.closest<HTMLElement>('[role="row"]') : null;
    if (row !== null && row === shown?.row) return;
    close();
    if (row === null) return;
    timer.current = window.setTimeout(() => {
      const texts = cutTextsOf(row);
      if (texts.length > 0) setShown({ row, texts });
    }, afterMs);
  }

  const handlers = {
    onMouseOver: (event: MouseEvent) => open(event, OPEN_AFTER_MS),
    onMouseLeave: close,
    onFocus: (event: FocusEvent) => open(event, 0),
    onBlur: close,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Escape') close();
    },
  };
  const tooltip = shown !== null && (
    <Tooltip
      opened
      withinPortal={false}
      target={shown.row}
      position="bottom-start"
      maw={560}
      label={shown.texts.map((text) => (
        <div key={text}>{text}</div>
      ))}
    />
  );
  return { handlers, tooltip };
}

function cutTextsOf(row: HTMLElement): readonly string[] {
  return [...row.querySelectorAll<HTMLElement>('[data-may-be-cut]')]
    .filter((one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight + 1)
    .map(({ textContent }) => textContent ?? '');
}
