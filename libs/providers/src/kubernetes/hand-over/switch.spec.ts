import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HORIZONTAL_POD_AUTOSCALER as HPA } from './horizontal-pod-autoscaler.js';
import { SCALED_OBJECT } from './scaled-object.js';
import { annotated, quoted, type RawObject } from './switch.js';

const PAUSED = 'autoscaling.keda.sh/paused';
const rules = fc.record(
  {
    selectPolicy: fc.constantFrom('Max', 'Min', 'Disabled'),
    stabilizationWindowSeconds: fc.nat(3600),
    tolerance: fc.constantFrom('0', '50m'),
    policies: fc.array(fc.record({ type: fc.constantFrom('Pods', 'Percent'), value: fc.nat(100) }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const behavior = fc.option(fc.record({ scaleUp: rules, scaleDown: rules }, { requiredKeys: [] }), { nil: undefined });

function hpa(given: unknown): RawObject {
  return { metadata: { name: 'web' }, spec: { minReplicas: 2, ...(given === undefined ? {} : { behavior: given }) } };
}
const behaviorOf = ({ spec }: RawObject): Record<string, Record<string, unknown>> =>
  spec?.['behavior'] as Record<string, Record<string, unknown>>;

describe('an HPA that is taken over', () => {
  it('is switched off in both directions, and is restored byte for byte', () => {
    fc.assert(
      fc.property(behavior, (given) => {
        const off = HPA.switchedOff(hpa(given))!;
        expect([behaviorOf(off)['scaleUp'], behaviorOf(off)['scaleDown']]).toMatchObject([
          { selectPolicy: 'Disabled' },
          { selectPolicy: 'Disabled' },
        ]);
        expect(off.spec?.['minReplicas']).toBe(2);
        expect(HPA.switchedOff(off)).toBeNull();
        const restored = HPA.restored(off)!;
        expect(restored.object.metadata.annotations).toEqual({});
        // One that was switched off before stays so.
        expect(JSON.stringify(restored.object.spec)).toBe(JSON.stringify(hpa(given).spec));
        expect(HPA.restored(restored.object)).toBeNull();
      }),
    );
  });

  it('keeps a behavior that was set meanwhile', () => {
    const off = HPA.switchedOff(hpa({ scaleUp: { stabilizationWindowSeconds: 5 } }))!;
    const theirs = { scaleUp: { selectPolicy: 'Max' }, scaleDown: { selectPolicy: 'Min' } };
    const changed = { ...off, spec: { ...off.spec, behavior: theirs } };
    expect(HPA.restored(changed)).toMatchObject({
      object: { metadata: { annotations: {} }, spec: { behavior: theirs } },
      note: 'Its behavior was changed meanwhile; the present one is kept.',
    });
    // A take-over of it starts from there.
    expect(behaviorOf(HPA.restored(HPA.switchedOff(changed)!)!.object)).toEqual(theirs);
  });

  it('keeps a behavior that was set meanwhile, also if it leaves off what was off before', () => {
    const off = HPA.switchedOff(hpa({ scaleDown: { selectPolicy: 'Disabled' } }))!;
    const theirs = { scaleUp: { selectPolicy: 'Max' }, scaleDown: { selectPolicy: 'Disabled' } };
    const changed = { ...off, spec: { ...off.spec, behavior: theirs } };
    expect(HPA.restored(changed)).toMatchObject({
      object: { metadata: { annotations: {} }, spec: { behavior: theirs } },
      note: 'Its behavior was changed meanwhile; the present one is kept.',
    });
    expect(behaviorOf(HPA.restored(HPA.switchedOff(changed)!)!.object)).toEqual(theirs);
  });

  it('that was off in both directions before keeps what is there', () => {
    const both = { scaleUp: { selectPolicy: 'Disabled' }, scaleDown: { selectPolicy: 'Disabled' } };
    const off = HPA.switchedOff(hpa(both))!;
    expect(HPA.restored(off)).toMatchObject({ object: { spec: { behavior: both } }, note: null });
    const theirs = { ...both, scaleDown: { selectPolicy: 'Disabled', stabilizationWindowSeconds: 5 } };
    const half = { ...both, scaleUp: { selectPolicy: 'Max' } };
    for (const present of [theirs, half])
      expect(HPA.restored({ ...off, spec: { ...off.spec, behavior: present } })!.object.spec).toMatchObject({
        behavior: present,
      });
  });

  it('loses nothing of what was kept when only one direction was switched on meanwhile', () => {
    const before = { scaleUp: { selectPolicy: 'Min' }, scaleDown: { stabilizationWindowSeconds: 60 } };
    const off = HPA.switchedOff(hpa(before))!;
    const half = { ...behaviorOf(off), scaleUp: { selectPolicy: 'Max' } };
    const changed = { ...off, spec: { ...off.spec, behavior: half } };
    expect(HPA.restored(changed)).toMatchObject({
      object: { spec: { behavior: before } },
      note: 'Its behavior was changed meanwhile; the one from before the take-over replaces it.',
    });
    expect(behaviorOf(HPA.restored(HPA.switchedOff(changed)!)!.object)).toEqual(before);
  });

  it('scales again even if what was kept cannot be read', () => {
    const off = annotated(HPA.switchedOff(hpa(undefined))!, { 'autoscaler.dev/behavior-before': '{' });
    const { object, note } = HPA.restored(off)!;
    expect(object.spec).toEqual({ minReplicas: 2 });
    expect(note).toContain('cannot be read');
  });

  it('has commands for both ways', () => {
    const off = HPA.switchedOff(hpa({ scaleUp: { selectPolicy: 'Max' } }))!;
    expect(HPA.offCommand('shop', hpa({ scaleUp: { selectPolicy: 'Max' } }))).toBe(
      `kubectl patch horizontalpodautoscaler web -n shop --type=merge -p '{"metadata":{"annotations":{"autoscaler.dev/behavior-before":"{\\"scaleUp\\":{\\"selectPolicy\\":\\"Max\\"}}"}},"spec":{"behavior":{"scaleUp":{"selectPolicy":"Disabled"},"scaleDown":{"selectPolicy":"Disabled"}}}}'`,
    );
    expect(HPA.onCommand('shop', off)).toBe(
      `kubectl patch horizontalpodautoscaler web -n shop --type=json -p '[{"op":"replace","path":"/spec/behavior","value":{"scaleUp":{"selectPolicy":"Max"}}},{"op":"remove","path":"/metadata/annotations/autoscaler.dev~1behavior-before"}]'`,
    );
    expect(HPA.onCommand('shop', HPA.switchedOff(hpa(undefined))!)).toContain(
      '{"op":"remove","path":"/spec/behavior"}',
    );
  });
});

describe('a ScaledObject that is taken over', () => {
  const object = (annotations: Record<string, string>): RawObject => ({ metadata: { name: 'web', annotations } });

  it.each([{}, { [PAUSED]: 'false' }, { [PAUSED]: 'true' }])('is paused, and %j is restored', (before) => {
    const off = SCALED_OBJECT.switchedOff(object({ ...before, other: 'x' }))!;
    expect(off.metadata.annotations).toMatchObject({ [PAUSED]: 'true' });
    expect(SCALED_OBJECT.switchedOff(off)).toBeNull();
    const { object: restored, note } = SCALED_OBJECT.restored(off)!;
    expect([restored.metadata.annotations, note]).toEqual([{ ...before, other: 'x' }, null]);
    expect(SCALED_OBJECT.restored(restored)).toBeNull();
  });

  it('is not taken over while KEDA keeps it at a count', () => {
    expect(() => SCALED_OBJECT.switchedOff(object({ 'autoscaling.keda.sh/paused-replicas': '4' }))).toThrow(
      'ScaledObject web has the annotation autoscaling.keda.sh/paused-replicas: KEDA keeps the count at 4; remove it first',
    );
  });

  it('keeps a pause that was ended meanwhile', () => {
    const off = annotated(SCALED_OBJECT.switchedOff(object({}))!, { [PAUSED]: undefined });
    expect(SCALED_OBJECT.restored(off)).toEqual({
      object: object({}),
      note: 'Its pause was changed meanwhile; the present one is kept.',
    });
  });

  it('has commands for both ways', () => {
    expect(SCALED_OBJECT.offCommand('shop', object({}))).toBe(
      'kubectl annotate scaledobject web -n shop --overwrite autoscaling.keda.sh/paused=true autoscaler.dev/paused-before=null',
    );
    expect(SCALED_OBJECT.onCommand('shop', SCALED_OBJECT.switchedOff(object({ [PAUSED]: 'false' }))!)).toBe(
      'kubectl annotate scaledobject web -n shop --overwrite autoscaling.keda.sh/paused=false autoscaler.dev/paused-before-',
    );
  });
});

it('quotes words for a shell', () => {
  expect([quoted('a=b'), quoted("it's"), quoted('')]).toEqual(['a=b', `'it'\\''s'`, `''`]);
});
