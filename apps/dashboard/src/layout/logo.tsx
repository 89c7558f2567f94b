import classes from './logo.module.css';

/** The name, with its mark. */
export function Logo({ large = false }: { readonly large?: boolean }) {
  const size = large ? 36 : 24;
  return (
    <span className={classes['logo']} data-large={large || undefined}>
      <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" className={classes['tile']} />
        <path d="M6 24h4v-6H6zm8 0h4V13h-4zm8 0h4V7h-4z" fill="#fff" />
      </svg>
      <span>Autoscaler</span>
    </span>
  );
}
