import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Part } from './part';
import classes from './section.module.css';

interface SectionProps {
  readonly title: string;
  readonly aside?: ReactNode;
  /** A function is called inside of the section, so that an error in it does not reach the rest of the page. */
  readonly children: ReactNode | (() => ReactNode);
}

/** A titled part of a page. */
export function Section({ title, aside, children }: SectionProps) {
  return (
    <section className={classes['section']} aria-label={title}>
      <div className={classes['head']}>
        <Title order={2} size="h5">
          {title}
        </Title>
        {aside}
      </div>
      <Part name={title}>{children}</Part>
    </section>
  );
}
