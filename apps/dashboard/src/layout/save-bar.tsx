import type { ReactNode } from 'react';
import classes from './save-bar.module.css';

/** The buttons of a long form, always visible. */
export function SaveBar({ children }: { readonly children: ReactNode }) {
  return <div className={classes['bar']}>{children}</div>;
}
