import { useEffect } from 'react';

/** The title of the page while the component is there. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Autoscaler`;
  }, [title]);
}
