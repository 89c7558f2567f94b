import { describe, expect, it } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import { ManualClock } from '#config/testing';
import { type Answer, MergedQueries } from '../src/prometheus/merge/merged-queries.js';
import { mergedText, splitAnswer } from '../src/prometheus/merge/merged-query.js';
import { parseQuery } from '../src/prometheus/merge/parse.js';
import { planOf, type Plans } from '../src/prometheus/merge/plan.js';
import { expandPreset, PRESET_NAMES, quoted } from '../src/prometheus/prometheus.presets.js';
import { ProviderError } from '../src/sdk/index.js';
import { type Datum, evaluate, keyOf } from './promql.js';

const { signal } = new AbortController();

function plansOf(...queries: readonly string[]): Plans {
  return planOf([...new Set(queries)].map((query) => parseQuery(parser, query)!));
}

/** The queries that are sent for these. */
function sentFor(...queries: readonly string[]): readonly string[] {
  const { merged, single } = plansOf(...queries);
  return [...single, ...merged.map(({ template, members }) => mergedText(template, members))];
}

describe('queries that differ in values of labels', () => {
  it.each([
    ['up{job="a"}', 'up{job="b"}', 'up{job=~"a|b"}'],
    ['sum(x{q="a"})', 'sum(x{q="b.c"})', 'sum by (q)(x{q=~"a|b\\\\.c"})'],
    ['sum by (pod) (x{q="a"})', 'sum by (pod) (x{q="b"})', 'sum by (pod, q) (x{q=~"a|b"})'],
    ['sum(x{q="a"}) by (pod)', 'sum(x{q="b"}) by (pod)', 'sum(x{q=~"a|b"}) by (pod, q)'],
    ['sum without (pod) (x{q="a"})', 'sum without (pod) (x{q="b"})', 'sum without (pod) (x{q=~"a|b"})'],
    ['sum(x{q="a"}) + sum(y)', 'sum(x{q="b"}) + sum(y)', 'sum by (q)(x{q=~"a|b"}) + on () group_left () sum(y)'],
    ['sum(y) - sum(x{q="a"})', 'sum(y) - sum(x{q="b"})', 'sum(y) - on () group_right () sum by (q)(x{q=~"a|b"})'],
    [
      'sum by (a) (x{q="a"}) / on (a) sum by (a) (y{q="a"})',
      'sum by (a) (x{q="b"}) / on (a) sum by (a) (y{q="b"})',
      'sum by (a, q) (x{q=~"a|b"}) / on (a, q) sum by (a, q) (y{q=~"a|b"})',
    ],
    ['x{n="s",q="a"}', 'x{n="t",q="b"}', 'x{n=~"s|t",q=~"a|b"}'],
    ['x{p=~"a-.*"}', 'x{p=~"b\\\\.c-.*"}', 'x{p=~"(?:a|b\\\\.c)-.*"}'],
    [
      'quantile(0.9, rate(x{q="a"}[5m] offset 1m))',
      'quantile(0.9, rate(x{q="b"}[5m] offset 1m))',
      'quantile by (q)(0.9, rate(x{q=~"a|b"}[5m] offset 1m))',
    ],
  ])('are merged: %s', (one, other, merged) => {
    expect(sentFor(one, other)).toEqual([merged]);
  });

  it.each([
    ['a regular expression whose servers are mixed', 'sum(x{p=~"$-.*"})'],
    ['another regular expression', 'x{p=~"$(a|b)+"}'],
    ['series with and without the label', 'x{q="$"} / sum(y{q="$"})'],
    ['a constant beside it', 'sum(x{q="$"}) or vector(0)'],
    ['a constant with labels', 'sum(x{q="$"}) / y'],
    ['a selector without the label', 'sum(x{q="$"}) + sum by (pod) (y)'],
    ['functions of several series', 'topk(3, x{q="$"})'],
    ['a function that makes labels', 'label_replace(x{q="$"}, "q", "z", "a", "b")'],
    ['a set operator that mixes the servers of a regular expression', 'x{p=~"$-.*"} unless on (pod) y{p=~"$-.*"}'],
    ['what is absent', 'absent(x{q="$"})'],
    ['a scalar', 'scalar(sum(x{q="$"}))'],
    ['an aggregation that takes the label away', 'sum without (q) (x{q="$"})'],
    ['a matching that ignores the label', 'x{q="$"} / ignoring (q) y{q="$"}'],
    ['groups of a matching', 'x{q="$"} * on (pod) group_left () y{q="$"}'],
    ['buckets', 'histogram_quantile(0.9, x{le="$"})'],
    ['names of metrics', '{__name__="$"}'],
    ['text outside of a matcher', 'sum($)'],
    ['a time of its own', 'x{q="$"} @ 5'],
  ])('are asked apart: %s', (_why, query) => {
    const queries = ['u', 'w'].map((value) => query.replaceAll('$', value));
    expect([...sentFor(...queries)].toSorted()).toEqual(queries);
  });

  it('are merged for each value of a label over which that is not possible', () => {
    const query = (queue: string, workers: string): string => `sum(a{q="${queue}"}) + sum(b{h=~"${workers}"})`;
    const queries = [query('1', 'u-.*'), query('2', 'u-.*'), query('3', 'w-.*'), query('4', 'w-.*')];
    expect([...sentFor(...queries)].toSorted()).toEqual([
      'sum by (q)(a{q=~"1|2"}) + on () group_left () sum(b{h=~"u-.*"})',
      'sum by (q)(a{q=~"3|4"}) + on () group_left () sum(b{h=~"w-.*"})',
    ]);
  });

  it('are merged with those of the same operators only', () => {
    const query = (matcher: string): string => `sum by (pod) (x{pod${matcher}})`;
    const queries = ['="db-0"', '="db-1"', '=~"web-.+"', '=~"api-.+"'].map(query);
    expect([...sentFor(...queries)].toSorted()).toEqual([query('=~"(?:web|api)-.+"'), query('=~"db-0|db-1"')]);
  });

  it('are merged without those that have an odd value', () => {
    const queries = ['sum(x{q="a"})', 'sum(x{q="b"})', 'sum(x{q=""})'];
    expect(sentFor(...queries)).toEqual(['sum(x{q=""})', 'sum by (q)(x{q=~"a|b"})']);
  });

  it.each(PRESET_NAMES)('are merged as the preset %s has them', (preset) => {
    const variables = (index: number): Record<string, string> => {
      const all = {
        namespace: `n${index % 7}`,
        workload: `web-${index}`,
        job: `j${index}`,
        ingress: `web-${index}`,
        model: `m${index}`,
        queue: `q${index}`,
      };
      const names = {
        'kubernetes-cadvisor': ['namespace', 'workload'],
        'node-exporter': ['job'],
        'nginx-ingress': ['namespace', 'ingress'],
        istio: ['namespace', 'workload'],
        vllm: ['model'],
        'celery-queue': ['queue'],
      };
      return Object.fromEntries(names[preset].map((name) => [name, all[name as keyof typeof all]]));
    };
    const each = Array.from(
      { length: 50 },
      (_, index) => expandPreset({ preset, variables: variables(index) }).queries!,
    );
    const { merged, single } = plansOf(...each.flatMap((queries) => Object.values(queries) as string[]));
    expect(single).toEqual([]);
    expect(merged.map(({ members }) => members.length)).toEqual(Object.keys(each[0]!).map(() => 50));
  });
});

/** Three values each, one of which is also the beginning of another. */
const WORKLOADS = fc.uniqueArray(
  fc.record({
    q: fc.constantFrom('x', 'x-y', 'total'),
    n: fc.constantFrom('s', 't'),
    p: fc.constantFrom('x', 'x-y', 'z.a'),
    operators: fc.constantFrom('usual', 'swapped'),
  }),
  { minLength: 2, maxLength: 5, selector: (workload: Workload) => JSON.stringify(workload) },
);
interface Workload {
  readonly q: string;
  readonly n: string;
  readonly p: string;
  /** `swapped`: `=` where `=~` is usual, and the reverse. */
  readonly operators: 'usual' | 'swapped';
}
type Expression = (workload: Workload) => string;

const MATCHERS: Readonly<Record<string, Expression>> = {
  q: ({ q, operators }) => `q${operators === 'usual' ? '=' : '=~'}${quoted(q)}`,
  n: ({ n }) => `n="${n}"`,
  p: ({ p, operators }) =>
    operators === 'usual'
      ? `p=~${quoted(`${p.replace('.', '\\.')}-([a-z0-9]{1,10}-)?[a-z0-9]{1,5}`)}`
      : `p=${quoted(`${p}-1`)}`,
  m: () => 'm="1"',
  other: () => 'q!="z"',
};
const EXPRESSION = fc.letrec<{ expression: Expression; selector: Expression }>((tie) => ({
  selector: fc
    .tuple(
      fc.constantFrom('a', 'b'),
      fc.oneof(fc.constantFrom(['q'], ['q', 'n'], ['p'], ['n', 'p']), fc.subarray(Object.keys(MATCHERS))),
    )
    .map(
      ([name, keys]) =>
        (workload: Workload) =>
          `${name}{${keys.map((key) => MATCHERS[key]!(workload)).join(',')}}`,
    ),
  expression: fc.oneof(
    { maxDepth: 4 },
    tie('selector'),
    tie('selector').map((inner) => (workload: Workload) => `rate(${inner(workload)}[2m])`),
    fc
      .tuple(
        fc.constantFrom('sum', 'avg', 'max', 'count'),
        fc.constantFrom('', ' by (p)', ' by (q)', ' by (p, n)', ' without (m)', ' without (p)', ' by ()'),
        tie('expression'),
      )
      .map(
        ([operator, by, inner]) =>
          (workload: Workload) =>
            `${operator}${by} (${inner(workload)})`,
      ),
    fc
      .tuple(
        tie('expression'),
        fc.oneof(
          fc.constantFrom('+', '/', '- on (p)', '* ignoring (m)', 'or', 'and', 'unless'),
          fc
            .tuple(fc.constantFrom('or', 'and', 'unless'), fc.constantFrom('', 'm', 'p', 'q', 'n, p'))
            .map(([operator, labels]) => `${operator} on (${labels})`),
        ),
        tie('expression'),
      )
      .map(
        ([left, operator, right]) =>
          (workload: Workload) =>
            `(${left(workload)} ${operator} ${right(workload)})`,
      ),
    tie('expression').map((inner) => (workload: Workload) => `100 * -${inner(workload)}`),
    tie('expression').map((inner) => (workload: Workload) => `(${inner(workload)} > 3)`),
  ),
})).expression;
const DATA = fc.uniqueArray(
  fc.record({
    labels: fc.record(
      {
        __name__: fc.constantFrom('a', 'b'),
        q: fc.constantFrom('x', 'x-y', 'total', 'z'),
        n: fc.constantFrom('s', 't', 'u'),
        p: fc.constantFrom('x-1', 'x-y-1', 'x-y-z-1', 'z.a-b', 'zba-b'),
        m: fc.constantFrom('1', '2'),
      },
      { requiredKeys: ['__name__'] },
    ),
    value: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 10, maxLength: 40, selector: ({ labels }) => keyOf(labels) },
);

function shown(data: readonly Pick<Datum, 'labels' | 'value'>[]): readonly string[] {
  return data.map(({ labels, value }) => `${keyOf(labels)} ${value}`).toSorted();
}

describe('what is split of a merged result', () => {
  it('is what each query returns by itself', () => {
    let count = 0;
    fc.assert(
      fc.property(EXPRESSION, WORKLOADS, DATA, (expression, workloads, data) => {
        for (const { template, members } of plansOf(...workloads.map(expression)).merged) {
          const answer = attempt(() => evaluate(mergedText(template, members), data));
          // Then each is asked by itself.
          if (answer === null) continue;
          count += 1;
          const split = splitAnswer(
            template,
            members,
            answer.map((datum) => ({ ...datum, at: 0 })),
          );
          for (const { text } of members)
            expect([text, shown(split.get(text)!)]).toEqual([text, shown(evaluate(text, data))]);
        }
      }),
      { numRuns: 2000 },
    );
    expect(count).toBeGreaterThan(200);
  });
});

function attempt(work: () => readonly Datum[]): readonly Datum[] | null {
  try {
    return work();
  } catch {
    return null;
  }
}

describe('merged queries', () => {
  const QUERIES = Array.from({ length: 500 }, (_, index) => `sum(x{q="web-${index}"})`);
  const DATA_OF_ALL = QUERIES.map((_, index) => ({ labels: { __name__: 'x', q: `web-${index}` }, value: index }));

  /** @param faultOf the error of a request, if any */
  function merger(faultOf: (query: string, sent: readonly string[]) => ProviderError | null) {
    const sent: string[] = [];
    const clock = new ManualClock(1_000_000);
    const ask = async (query: string): Promise<Answer> => {
      sent.push(query);
      return faultOf(query, sent) ?? evaluate(query, DATA_OF_ALL).map((datum) => ({ ...datum, at: 0 }));
    };
    const queries = new MergedQueries(parser, ask, clock);
    const asked = async (): Promise<{ requests: number; failed: readonly string[]; wrong: readonly string[] }> => {
      sent.length = 0;
      const answers = await queries.answers(new Set(QUERIES), { signal });
      const failed = QUERIES.filter((query) => answers.get(query) instanceof ProviderError);
      const wrong = QUERIES.filter(
        (query, index) => !failed.includes(query) && (answers.get(query) as readonly Datum[])[0]?.value !== index,
      );
      return { requests: sent.length, failed, wrong };
    };
    return { asked, clock };
  }
  const refused = new ProviderError('refused', 'HTTP 422');
  const isBroken = (query: string): boolean => evaluate(query, DATA_OF_ALL).some(({ value }) => value === 77);

  it('takes one request for as many as fit into it', async () => {
    const { asked } = merger(() => null);
    expect(await asked()).toEqual({ requests: 1, failed: [], wrong: [] });
    const lengths: number[] = [];
    const long = Array.from({ length: 500 }, (_, index) => `sum(x{q="${'a'.repeat(100)}-${index}"})`);
    const queries = new MergedQueries(parser, async (query) => (lengths.push(query.length), []), new ManualClock(1));
    await queries.answers(new Set(long), { signal });
    expect(lengths.length).toBeLessThanOrEqual(5);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(15_000);
  });

  it('isolates a query that fails, asks it apart, and merges it again later', async () => {
    const { asked, clock } = merger((query) => (isBroken(query) ? refused : null));
    const only = { failed: ['sum(x{q="web-77"})'], wrong: [] };
    const first = await asked();
    expect(first).toMatchObject(only);
    expect(first.requests).toBeLessThanOrEqual(19);
    expect(await asked()).toEqual({ ...only, requests: 2 });
    clock.advance(600_001);
    expect((await asked()).requests).toBe(first.requests);
  });

  it('bounds the requests where everything fails', async () => {
    const { asked } = merger(() => new ProviderError('invalid', 'the result may be partial'));
    for (const attemptNumber of [1, 2]) {
      const { requests, failed } = await asked();
      expect([attemptNumber, failed.length]).toEqual([attemptNumber, 500]);
      expect(requests).toBeLessThanOrEqual(101);
    }
  });

  it('asks no more than before where the server does not answer', async () => {
    const { asked } = merger(() => new ProviderError('unauthorized', 'HTTP 401'));
    expect(await asked()).toMatchObject({ requests: 1, failed: QUERIES });
  });

  it('merges fewer where large merges get no answer, and more again later', async () => {
    const most = 130;
    const { asked, clock } = merger((query) =>
      evaluate(query, DATA_OF_ALL).length > most ? new ProviderError('unreachable', 'HTTP 503') : null,
    );
    expect(await asked()).toMatchObject({ requests: 1, failed: QUERIES });
    expect(await asked()).toMatchObject({ requests: 2, failed: QUERIES });
    expect(await asked()).toEqual({ requests: 4, failed: [], wrong: [] });
    clock.advance(300_001);
    expect((await asked()).requests).toBe(2);
  });
});
