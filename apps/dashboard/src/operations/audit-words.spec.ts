import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { actionWords, CHOICES } from './audit-words';

interface ApiDocument {
  readonly components: {
    readonly schemas: {
      readonly AuditEntryDto: { readonly properties: { readonly action: { readonly enum: string[] } } };
    };
  };
}

describe('the words for what the audit log records', () => {
  const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as ApiDocument;
  const recorded = document.components.schemas.AuditEntryDto.properties.action.enum;

  it('are there for every action, also in the filter, and for no other', () => {
    expect(recorded.length).toBeGreaterThan(0);
    expect(recorded.filter((action) => actionWords(action) === action)).toEqual([]);
    const offered = CHOICES.flatMap(({ items }) => items.map(({ value }) => value));
    expect(offered.filter((value) => !value.startsWith('kind:')).toSorted()).toEqual(recorded.toSorted());
  });

  it('are the code where the action is of a newer service', () => {
    expect(actionWords('cluster.new')).toBe('cluster.new');
  });
});
