import { useEffect } from 'react';
import { setTitle } from './tab';

/** Sets the page title while the component is mounted. */
export function useTitle(title: string): void {
  useEffect(() => setTitle(title), [title]);
}
