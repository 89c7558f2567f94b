const NAMES = [
  'demand',
  'demand-soft',
  'load',
  'load-soft',
  'capacity',
  'capacity-soft',
  'forecast',
  'forecast-soft',
  'limit',
  'active',
  'active-soft',
  'provisioning',
  'provisioning-soft',
  'draining',
  'draining-soft',
  'desired',
  'theirs',
  'trial',
  'hpa',
  'grid',
  'axis',
  'bad',
  'surface',
] as const;

export type Colors = Readonly<Record<(typeof NAMES)[number], string>>;

/** The colors of styles.css for a canvas; read again when the color scheme changes. */
export function readColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colors;
}
