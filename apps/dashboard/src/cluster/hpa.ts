import { inPercent } from '../layout/words';
import { shadowsOf, type Step } from './shadows';

/** The HPA that is replayed beside a service level. @param target CPU target, percent */
export function hpaName(target: number): string {
  return `HPA at ${inPercent(target)}`;
}

/** Servers that it has by the time of a decision; `null`: no service level took part. */
export function hpaOf(steps: readonly Step[]): number | null {
  return shadowsOf(steps).find(({ name }) => name === 'hpa')?.count ?? null;
}
