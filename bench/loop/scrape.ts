/** One scrape of Prometheus metrics, for differences between two times. */
export class Scrape {
  private constructor(
    private readonly samples: readonly { readonly name: string; readonly labels: string; readonly value: number }[],
  ) {}

  static async of(url: string): Promise<Scrape> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const samples = text.split('\n').flatMap((line) => {
      const match = /^([a-z_]+)(\{[^}]*\})? ([0-9.e+-]+|\+Inf|NaN)$/i.exec(line);
      return match === null ? [] : [{ name: match[1] ?? '', labels: match[2] ?? '', value: Number(match[3]) }];
    });
    return new Scrape(samples);
  }

  /** Sum over all series of that name whose labels contain `labels`. */
  sum(name: string, labels = ''): number {
    return this.samples.reduce(
      (sum, sample) => (sample.name === name && sample.labels.includes(labels) ? sum + sample.value : sum),
      0,
    );
  }

  /** Cumulative counts by upper bound, ascending. */
  buckets(name: string): Map<number, number> {
    const found = this.samples.flatMap(({ name: other, labels, value }) => {
      const bound = /le="([^"]+)"/.exec(labels)?.[1];
      return other === `${name}_bucket` && bound !== undefined
        ? [[bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), value] as const]
        : [];
    });
    return new Map(found.toSorted(([a], [b]) => a - b));
  }
}

/** Upper bound of the bucket with a quantile of the events between two scrapes. */
export function quantileBetween(before: Scrape, after: Scrape, name: string, quantile: number): number {
  const earlier = before.buckets(name);
  const counts = [...after.buckets(name)].map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)] as const);
  const total = counts.at(-1)?.[1] ?? 0;
  return counts.find(([, count]) => count >= quantile * total)?.[0] ?? Number.NaN;
}
