import type { LRParser } from '@lezer/lr';
import { LRUCache } from 'lru-cache';
import { type Call, ProviderError } from '../../sdk/index.js';
import type { Point } from '../prometheus.client.js';
import { ChunkLimit } from './chunk-limit.js';
import { mergedText, splitAnswer } from './merged-query.js';
import { type ParsedQuery, parseQuery } from './parse.js';
import { type MergePlan, planOf } from './plan.js';

export type Answer = readonly Point[] | ProviderError;
export type Ask = (query: string, call: Call) => Promise<Answer>;

/** Length of a merged query, characters: VictoriaMetrics accepts 16 KiB by default. */
const LONGEST_QUERY = 15_000;
/** Queries that were parsed before, for connections of up to as many. */
const MOST_PARSED = 20_000;
/** How long a query that failed is asked apart from the others. */
const APART_MS = 600_000;
/** Further requests of one reading that find out which query of a merged one fails. */
const MOST_FURTHER = 100;

type Answers = readonly (readonly [string, Answer])[];
/** For the queries of a merged one that fail. */
interface Search {
  /** Requests that are left. */
  readonly budget: { left: number };
  /** Those that were asked alone and failed. */
  readonly failed: string[];
}

/**
 * Asks many queries with few requests. Those that differ only in the values of labels are merged, where the result is provably the same.
 * A merged query that is refused is asked in halves, so that a broken query does not affect the others; it is then asked apart for 10 min.
 */
export class MergedQueries {
  private readonly parsed = new LRUCache<string, { readonly query: ParsedQuery | null }>({ max: MOST_PARSED });
  private readonly apart: LRUCache<string, true>;
  private readonly limit: ChunkLimit;

  constructor(
    private readonly parser: LRParser,
    private readonly ask: Ask,
    clock: { now(): number },
  ) {
    this.apart = new LRUCache({ max: MOST_PARSED, ttl: APART_MS, perf: clock, ttlResolution: 0 });
    this.limit = new ChunkLimit(clock);
  }

  /** The answer to each query. */
  async answers(queries: ReadonlySet<string>, call: Call): Promise<ReadonlyMap<string, Answer>> {
    const single: string[] = [];
    const parsed: ParsedQuery[] = [];
    for (const text of queries) {
      const query = this.apart.has(text) ? null : this.parse(text);
      if (query === null) single.push(text);
      else parsed.push(query);
    }
    const plans = planOf(parsed);
    const answers = new Map<string, Answer>();
    const budget = { left: MOST_FURTHER };
    await Promise.all([
      ...[...single, ...plans.single].map(async (text) => answers.set(text, await this.ask(text, call))),
      ...plans.merged.flatMap((plan) =>
        this.chunksOf(sorted(plan)).map(async (chunk) => {
          for (const [text, answer] of await this.askChunk(chunk, budget, call)) answers.set(text, answer);
        }),
      ),
    ]);
    return answers;
  }

  /** How far a query looks back, milliseconds; 0 for one that is not understood. */
  rangeMsOf(text: string): number {
    return this.parse(text)?.rangeMs ?? 0;
  }

  private parse(text: string): ParsedQuery | null {
    let known = this.parsed.get(text);
    if (known === undefined) {
      known = { query: parseQuery(this.parser, text) };
      this.parsed.set(text, known);
    }
    return known.query;
  }

  private async askChunk(chunk: MergePlan, budget: Search['budget'], call: Call): Promise<Answers> {
    const search: Search = { budget, failed: [] };
    const answers = await this.askMerged(chunk, search, call);
    // Where all fail, the cause is not in one of them.
    if (answers.some(([, answer]) => !(answer instanceof ProviderError)))
      for (const text of search.failed) this.apart.set(text, true);
    return answers;
  }

  /** As many queries in one request as its length and the limit allow. */
  private chunksOf({ template, members }: MergePlan): readonly MergePlan[] {
    const { length } = mergedText(template, members);
    const count = Math.max(Math.ceil(length / LONGEST_QUERY), Math.ceil(members.length / this.limit.most));
    if (count <= 1 || members.length <= 1) return [{ template, members }];
    const size = Math.ceil(members.length / count);
    return Array.from({ length: Math.ceil(members.length / size) }, (_, index) =>
      this.chunksOf({ template, members: members.slice(index * size, (index + 1) * size) }),
    ).flat();
  }

  private async askMerged({ template, members }: MergePlan, search: Search, call: Call): Promise<Answers> {
    const [first, ...others] = members;
    if (first === undefined) return [];
    if (others.length === 0) {
      const answer = await this.ask(first.text, call);
      if (answer instanceof ProviderError) search.failed.push(first.text);
      return [[first.text, answer]];
    }
    const answer = await this.ask(mergedText(template, members), call);
    if (!(answer instanceof ProviderError)) return [...splitAnswer(template, members, answer)];
    if (answer.code === 'unreachable') this.limit.reduce(members.length);
    const isRefused = answer.code === 'refused' || answer.code === 'invalid';
    if (!isRefused || search.budget.left < 2) return members.map(({ text }) => [text, answer]);
    search.budget.left -= 2;
    const half = Math.ceil(members.length / 2);
    const halves = [members.slice(0, half), members.slice(half)];
    const answers = halves.map(async (part) => this.askMerged({ template, members: part }, search, call));
    return (await Promise.all(answers)).flat();
  }
}

/** Similar values side by side: namespaces, then names. */
function sorted({ template, members }: MergePlan): MergePlan {
  return { template, members: members.toSorted((one, other) => (one.text < other.text ? -1 : 1)) };
}
