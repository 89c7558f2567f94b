import type { EngineState, ScalingRules } from '../types.js';

type Changes = EngineState['changes'];

/**
 * The most servers that the rules let a cluster have now (kubernetes, `horizontal.go`,
 * `calculateScaleUpLimitWithScalingRules`): what was added within a rule's period counts against it. A tick that is longer than the
 * period allows what several ticks would have: the rule is applied once for each period in it.
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

/** The fewest servers that the rules let a cluster have now (`calculateScaleDownLimitWithBehaviors`). */
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
  // `max` allows the most change, which downwards is the fewest servers.
  const most = (select === 'max') === direction > 0 ? Math.max(...counts) : Math.min(...counts);
  return direction > 0 ? Math.max(current, most) : Math.min(current, most);
}

type Rule = ScalingRules['rules'][number];

function raised(count: number, { type, value }: Rule): number {
  return type === 'servers' ? count + value : Math.ceil(count * (1 + value / 100) - 1e-9);
}

/** Downwards Kubernetes truncates, so that a small cluster can shrink by a small share at all. */
function lowered(count: number, { type, value }: Rule): number {
  return Math.max(0, type === 'servers' ? count - value : Math.floor(count * (1 - value / 100) + 1e-9));
}

function changeWithin(changes: Changes, since: number): number {
  return changes.reduce((sum, { at, by }) => (at > since ? sum + by : sum), 0);
}
