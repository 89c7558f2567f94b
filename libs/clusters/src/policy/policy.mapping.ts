import { type AppConfig, formatDuration, parseDuration } from '#config';
import {
  type Policy,
  type PolicyKind,
  type SchedulePolicy,
  type ScalingRules,
  type SloPolicy,
  TARGET_TRACKING_DEFAULTS,
  type TargetTrackingPolicy,
  type ThresholdPolicy,
} from '#engine';
import { BadRequestError, type ErrorDetail } from '#http';
import type {
  PolicyDto,
  ScalingRulesDto,
  SchedulePolicyDto,
  SloPolicyDto,
  TargetTrackingPolicyDto,
  ThresholdPolicyDto,
} from './policy.dto.js';
import { formatPercent, parsePercent } from './percent.js';

const DEFAULT_VIOLATIONS = 0.01;
const MOST_VIOLATIONS = 0.5;
const DEFAULT_WINDOW = '1d';
const DEFAULT_MAX_UTILIZATION = 0.9;
/** Kinds that can be set to forecast only. */
export const POLICY_KINDS = [
  'slo',
  'target_tracking',
  'threshold',
  'schedule',
] as const satisfies readonly PolicyKind[];

/** Configured defaults of the threshold policy. */
export function thresholdDefaults({ analyzer, decision }: Pick<AppConfig, 'analyzer' | 'decision'>): ThresholdPolicy {
  return {
    cpuHigh: analyzer.cpuHigh,
    cpuLow: analyzer.cpuLow,
    memoryHigh: analyzer.memoryHigh,
    memoryLow: analyzer.memoryLow,
    sustainedHighMs: analyzer.sustainedHigh,
    sustainedLowMs: analyzer.sustainedLow,
    trendWindowMs: analyzer.trendWindow,
    spikePoints: analyzer.spikePoints,
    spikeWindowMs: analyzer.spikeWindow,
    emergency: analyzer.emergency,
    scaleUpStep: decision.scaleUpStep,
    scaleDownStep: decision.scaleDownStep,
    emergencyStep: decision.emergencyStep,
    cooldownUpMs: decision.cooldownUp,
    cooldownDownMs: decision.cooldownDown,
  };
}

/**
 * Converts a validated policy for the engine.
 *
 * @throws BadRequestError where valid fields contradict each other, or no kind is given
 */
export function policyFromWire(dto: PolicyDto, defaults: ThresholdPolicy): Policy {
  const policy = policyFromStored(dto, defaults);
  const details = policy.threshold === undefined ? [] : contradictionsOf(policy.threshold);
  if (details.length > 0) throw invalid(details);
  return policy;
}

/**
 * Converts a stored policy, which an earlier release may have accepted with thresholds that contradict each other.
 *
 * @throws BadRequestError if it is none
 */
export function policyFromStored(dto: PolicyDto, defaults: ThresholdPolicy): Policy {
  const kinds = [dto.slo, dto.target_tracking, dto.threshold, dto.schedule];
  if (kinds.every((kind) => kind === undefined)) {
    throw invalid([
      { field: 'policy', error: 'policy must name at least one of slo, target_tracking, threshold and schedule' },
    ]);
  }
  const forecastOnly = POLICY_KINDS.filter((kind) => dto[kind]?.forecast_only === true);
  return {
    ...(dto.slo === undefined ? {} : { slo: sloFromWire(dto.slo) }),
    ...(dto.target_tracking === undefined ? {} : { targetTracking: targetTrackingFromWire(dto.target_tracking) }),
    ...(dto.threshold === undefined ? {} : { threshold: thresholdFromWire(dto.threshold, defaults) }),
    ...(dto.schedule === undefined ? {} : { schedule: scheduleFromWire(dto.schedule) }),
    ...(forecastOnly.length === 0 ? {} : { forecastOnly }),
    mode: dto.mode ?? 'act',
  };
}

/** Cache: policies are immutable, and lists of clusters serialize the same ones repeatedly. */
const written = new WeakMap<Policy, PolicyDto>();

export function policyToWire(policy: Policy): PolicyDto {
  const known = written.get(policy);
  if (known !== undefined) return known;
  const dto = writePolicy(policy);
  written.set(policy, dto);
  return dto;
}

function writePolicy({ slo, targetTracking, threshold, schedule, forecastOnly = [], mode }: Policy): PolicyDto {
  const only = (kind: PolicyKind): { forecast_only?: true } =>
    forecastOnly.includes(kind) ? { forecast_only: true } : {};
  return {
    ...(slo === undefined ? {} : { slo: Object.assign(sloToWire(slo), only('slo')) }),
    ...(targetTracking === undefined
      ? {}
      : { target_tracking: Object.assign(targetTrackingToWire(targetTracking), only('target_tracking')) }),
    ...(threshold === undefined ? {} : { threshold: Object.assign(thresholdToWire(threshold), only('threshold')) }),
    ...(schedule === undefined ? {} : { schedule: Object.assign(scheduleToWire(schedule), only('schedule')) }),
    mode,
  };
}

function sloFromWire(dto: SloPolicyDto): SloPolicy {
  return {
    violations: violationsOf(dto),
    maxUtilization: parsePercent(dto.max_utilization) ?? DEFAULT_MAX_UTILIZATION,
    maxActionsPerDay: dto.max_actions_per_day ?? null,
  };
}

/** @throws BadRequestError where the service level is given twice, or not at all */
function violationsOf({ violations, error_budget: budget, window }: SloPolicyDto): number {
  if (budget === undefined) {
    if (window !== undefined) throw wrongBudget('window goes with error_budget, which is missing');
    return parsePercent(violations) ?? DEFAULT_VIOLATIONS;
  }
  if (violations !== undefined) throw wrongBudget('state either violations or error_budget, not both');
  const share = parseDuration(budget) / parseDuration(window ?? DEFAULT_WINDOW);
  if (share > MOST_VIOLATIONS) throw wrongBudget('error_budget must not exceed half of its window');
  return share;
}

function wrongBudget(error: string): BadRequestError {
  return invalid([{ field: 'policy.slo.error_budget', error }]);
}

function sloToWire({ violations, maxUtilization, maxActionsPerDay }: SloPolicy): SloPolicyDto {
  return {
    violations: formatPercent(violations),
    max_utilization: formatPercent(maxUtilization),
    max_actions_per_day: maxActionsPerDay,
  };
}

function scheduleFromWire({ windows }: SchedulePolicyDto): SchedulePolicy {
  const details: ErrorDetail[] = [];
  for (const [index, { name, min_servers: min, max_servers: max }] of windows.entries()) {
    const field = `policy.schedule.windows.${index}`;
    if (min === undefined && max === undefined) {
      details.push({ field, error: `the window "${name}" must state min_servers, max_servers or both` });
    } else if (min !== undefined && max !== undefined && min > max) {
      details.push({
        field,
        error: `min_servers (${min}) of the window "${name}" must not exceed its max_servers (${max})`,
      });
    }
  }
  if (details.length > 0) throw invalid(details);
  return {
    windows: windows.map(({ name, cron, time_zone: timeZone, duration, min_servers: min, max_servers: max }) => ({
      name,
      cron,
      timeZone: timeZone ?? 'UTC',
      durationMs: parseDuration(duration),
      ...(min === undefined ? {} : { minServers: min }),
      ...(max === undefined ? {} : { maxServers: max }),
    })),
  };
}

function scheduleToWire({ windows }: SchedulePolicy): SchedulePolicyDto {
  return {
    windows: windows.map(({ name, cron, timeZone, durationMs, minServers, maxServers }) => ({
      name,
      cron,
      time_zone: timeZone,
      duration: formatDuration(durationMs),
      ...(minServers === undefined ? {} : { min_servers: minServers }),
      ...(maxServers === undefined ? {} : { max_servers: maxServers }),
    })),
  };
}

function targetTrackingFromWire(dto: TargetTrackingPolicyDto): TargetTrackingPolicy {
  const { tolerance, scaleUpStabilizationMs, scaleDownStabilizationMs, scaleUp, scaleDown } = TARGET_TRACKING_DEFAULTS;
  const tooHigh = dto.metrics.filter(({ metric, target }) => metric !== 'request_rate' && target > 100);
  if (tooHigh.length > 0) {
    throw invalid(
      tooHigh.map(({ metric }) => ({
        field: 'policy.target_tracking.metrics',
        error: `the target of ${metric} is in percent and must not exceed 100`,
      })),
    );
  }
  return {
    metrics: dto.metrics.map(({ metric, target }) => ({ metric, target })),
    tolerance: dto.tolerance ?? tolerance,
    scaleUpStabilizationMs: msOf(dto.scale_up_stabilization, scaleUpStabilizationMs),
    scaleDownStabilizationMs: msOf(dto.scale_down_stabilization, scaleDownStabilizationMs),
    scaleUp: rulesFromWire(dto.scale_up, scaleUp),
    scaleDown: rulesFromWire(dto.scale_down, scaleDown),
  };
}

function targetTrackingToWire(policy: TargetTrackingPolicy): TargetTrackingPolicyDto {
  return {
    metrics: policy.metrics,
    tolerance: policy.tolerance,
    scale_up_stabilization: formatDuration(policy.scaleUpStabilizationMs),
    scale_down_stabilization: formatDuration(policy.scaleDownStabilizationMs),
    scale_up: rulesToWire(policy.scaleUp),
    scale_down: rulesToWire(policy.scaleDown),
  };
}

function rulesFromWire(dto: ScalingRulesDto | undefined, fallback: ScalingRules): ScalingRules {
  if (dto === undefined) return fallback;
  return {
    select: dto.select ?? 'max',
    rules: dto.rules.map(({ type, value, period }) => ({ type, value, periodMs: parseDuration(period) })),
  };
}

function rulesToWire({ select, rules }: ScalingRules): ScalingRulesDto {
  return {
    select,
    rules: rules.map(({ type, value, periodMs }) => ({ type, value, period: formatDuration(periodMs) })),
  };
}

function thresholdFromWire(dto: ThresholdPolicyDto, defaults: ThresholdPolicy): ThresholdPolicy {
  return {
    cpuHigh: dto.cpu_high ?? defaults.cpuHigh,
    cpuLow: dto.cpu_low ?? defaults.cpuLow,
    memoryHigh: dto.memory_high ?? defaults.memoryHigh,
    memoryLow: dto.memory_low ?? defaults.memoryLow,
    sustainedHighMs: msOf(dto.sustained_high, defaults.sustainedHighMs),
    sustainedLowMs: msOf(dto.sustained_low, defaults.sustainedLowMs),
    trendWindowMs: msOf(dto.trend_window, defaults.trendWindowMs),
    spikePoints: dto.spike_points ?? defaults.spikePoints,
    spikeWindowMs: msOf(dto.spike_window, defaults.spikeWindowMs),
    emergency: dto.emergency ?? Math.max(defaults.emergency, dto.cpu_high ?? defaults.cpuHigh),
    scaleUpStep: dto.scale_up_step ?? defaults.scaleUpStep,
    scaleDownStep: dto.scale_down_step ?? defaults.scaleDownStep,
    emergencyStep: dto.emergency_step ?? defaults.emergencyStep,
    cooldownUpMs: msOf(dto.cooldown_up, defaults.cooldownUpMs),
    cooldownDownMs: msOf(dto.cooldown_down, defaults.cooldownDownMs),
  };
}

function contradictionsOf(policy: ThresholdPolicy): ErrorDetail[] {
  const details: ErrorDetail[] = [];
  if (policy.cpuLow >= policy.cpuHigh) {
    details.push({
      field: 'policy.threshold.cpu_low',
      error: `cpu_low (${policy.cpuLow}) must be below cpu_high (${policy.cpuHigh})`,
    });
  }
  if (policy.memoryLow >= policy.memoryHigh) {
    details.push({
      field: 'policy.threshold.memory_low',
      error: `memory_low (${policy.memoryLow}) must be below memory_high (${policy.memoryHigh})`,
    });
  }
  if (policy.emergency < policy.cpuHigh) {
    details.push({
      field: 'policy.threshold.emergency',
      error: `emergency (${policy.emergency}) must not be below cpu_high (${policy.cpuHigh})`,
    });
  }
  return details;
}

function thresholdToWire(policy: ThresholdPolicy): ThresholdPolicyDto {
  return {
    cpu_high: policy.cpuHigh,
    cpu_low: policy.cpuLow,
    memory_high: policy.memoryHigh,
    memory_low: policy.memoryLow,
    sustained_high: formatDuration(policy.sustainedHighMs),
    sustained_low: formatDuration(policy.sustainedLowMs),
    trend_window: formatDuration(policy.trendWindowMs),
    spike_points: policy.spikePoints,
    spike_window: formatDuration(policy.spikeWindowMs),
    emergency: policy.emergency,
    scale_up_step: policy.scaleUpStep,
    scale_down_step: policy.scaleDownStep,
    emergency_step: policy.emergencyStep,
    cooldown_up: formatDuration(policy.cooldownUpMs),
    cooldown_down: formatDuration(policy.cooldownDownMs),
  };
}

function msOf(text: string | undefined, fallback: number): number {
  return text === undefined ? fallback : parseDuration(text);
}

function invalid(details: readonly ErrorDetail[]): BadRequestError {
  return new BadRequestError('validation_failed', details.map(({ error }) => error).join('; '), details);
}

/** The policies that a cluster has, in the order of `POLICY_KINDS`. */
export function policyKindsOf({ slo, targetTracking, threshold, schedule }: Policy): readonly PolicyKind[] {
  const parts: Readonly<Record<PolicyKind, unknown>> = { slo, target_tracking: targetTracking, threshold, schedule };
  return POLICY_KINDS.filter((kind) => parts[kind] !== undefined);
}
