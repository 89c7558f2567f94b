import type { EngineState, ScalingRules } from '../types.js';

type Changes = EngineState['changes'];

/**
 * Upper limit of the count by the scale-up rules (kubernetes, `horizontal.go`,
 * `calculateScaleUpLimitWithScalingRules`): additions within a rule's period use it up. For a tick longer than the
 * period the rule is applied once per period, as several ticks would have.
 */
export function scaleUpLimit(
  current: number,
  changes: Changes,
  rules: ScalingRules,
  now: number,
  intervalMs: number,
): number {
  return limit(current, changes, rules, now, intervalMs, 1);
}

/** Lower limit of the count by the scale-down rules (`calculateScaleDownLimitWithBehaviors`). */
export function scaleDownLimit(
  current: number,
  changes: Changes,
  rules: ScalingRules,
  now: number,
  intervalMs: number,
): number {
  return limit(current, changes, rules, now, intervalMs, -1);
}

function limit(
  current: number,
  changes: Changes,
  { select, rules }: ScalingRules,
  now: number,
  intervalMs: number,
  direction: 1 | -1,
): number {
  if (select === 'disabled' || rules.length === 0) return current;
  const counts = rules.map((rule) => {
    let count = current - changeWithin(changes, now - rule.periodMs);
    const periods = Math.max(1, Math.floor(intervalMs / rule.periodMs));
    for (let period = 0; period < periods; period += 1) {
      count = direction > 0 ? raised(count, rule) : lowered(count, rule);
    }
    return count;
  });
  // `max` selects the largest change; when scaling down that is the lowest count.
  const most = (select === 'max') === direction > 0 ? Math.max(...counts) : Math.min(...counts);
  return direction > 0 ? Math.max(current, most) : Math.min(current, most);
}

type Rule = ScalingRules['rules'][number];

function raised(count: number, { type, value }: Rule): number {
  return type === 'servers' ? count + value : Math.ceil(count * (1 + value / 100) - 1e-9);
}

/** Kubernetes truncates when scaling down, so that a small share can shrink a small cluster, too. */
function lowered(count: number, { type, value }: Rule): number {
  return Math.max(0, type === 'servers' ? count - value : Math.floor(count * (1 - value / 100) + 1e-9));
}

function changeWithin(changes: Changes, since: number): number {
  return changes.reduce((sum, { at, by }) => (at > since ? sum + by : sum), 0);
}
