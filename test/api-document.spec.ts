import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly examples?: Readonly<Record<string, { readonly value: { readonly policy?: object } }>> }>
    >;
  };
}

/** `npm run check:api` compares it with the routes. */
const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const OPERATIONS = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, ...operation })),
);

/** What a method of an SDK may begin with. */
const VERBS =
  /^(?:adopt|change|create|delete|freeze|get|handBack|import|kill|lift|list|logIn|logOut|register|release|rotate|scale|set|start|takeOver|test|undo|update)(?:[A-Z][a-z]+)*$/;

describe('the API document', () => {
  it('names each operation with a verb, as a method of an SDK, and only once', () => {
    expect(OPERATIONS.length).toBeGreaterThan(60);
    expect(OPERATIONS.filter(({ operationId }) => !VERBS.test(operationId ?? '')).map(({ route }) => route)).toEqual(
      [],
    );
    const ids = OPERATIONS.map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(paths['/clusters']?.['post']?.operationId).toBe('createCluster');
  });

  it('describes each operation in a summary and sentences', () => {
    const poor = OPERATIONS.filter(
      ({ summary = '', description = '' }) =>
        summary.length < 5 || summary.endsWith('.') || !/^\S.{10,}[.`]$/s.test(description),
    );
    expect(poor.map(({ route }) => route)).toEqual([]);
  });

  it('calls what only reads "get" or "list"', () => {
    const reading = OPERATIONS.filter(({ operationId = '' }) => /^(?:get|list)[A-Z]/.test(operationId));
    const gets = OPERATIONS.filter(({ route }) => route.startsWith('GET '));
    expect(reading.map(({ route }) => route)).toEqual(gets.map(({ route }) => route));
  });

  it('has an example of each kind of policy', () => {
    const examples = paths['/clusters']?.['post']?.requestBody?.content['application/json']?.examples ?? {};
    const kinds = Object.values(examples).flatMap(({ value }) => Object.keys(value.policy ?? {}));
    expect(new Set(kinds)).toEqual(new Set(['slo', 'target_tracking', 'threshold', 'schedule', 'mode']));
  });
});
