import { describe, expect, test } from 'vitest';
import type { RecordCondition, RecordModel } from '@meterlark/core';
import { streamQuestion } from '../../src/records/stream-criteria.js';
import { entityCell, pairText, streamSpec } from '../../src/records/stream-spec.js';
import { everyColumn, oddTexts, versioned } from './models.js';

const twoWords: RecordModel = {
  ...everyColumn,
  columns: [...everyColumn.columns, { name: 'second', type: 'word' }],
  sortBy: ['word', 'second', 'time'],
};
const tenant = { is: 'equal', tag: 'tenant', value: 't' };
const word = (value: string) => ({ is: 'equal', tag: 'entityOf_word', value });

function asked(where: readonly RecordCondition[], model = everyColumn) {
  return streamQuestion(model, 't', where);
}

describe('what the server is told to leave out', () => {
  test('is at least the other tenants', () => {
    expect(asked([])).toEqual({ criteria: tenant, leaves: 'many' });
    expect(streamQuestion(everyColumn, 'a|b', [])?.criteria).toEqual({ ...tenant, value: 'a%7cb' });
  });

  test('is written out entity by entity, each in full', () => {
    const second = (value: string) => ({ is: 'equal', tag: 'entityOf_second', value });
    const where = [{ column: 'second', is: 'in', values: ['x', 'y'] }, { column: 'word', is: 'in', values: ['a', 'b'] }] as const;
    const of = ['a', 'b'].flatMap((first) => ['x', 'y'].map((other) => ({ is: 'allOf', of: [tenant, word(first), second(other)] })));
    expect(asked(where, twoWords)?.criteria).toEqual({ is: 'anyOf', of });
  });

  test('are fewer entities when they would be many', () => {
    const values = Array.from({ length: 40 }, (_, index) => `v${index}`);
    const question = asked([{ column: 'word', is: 'in', values }, { column: 'second', is: 'in', values }], twoWords);
    expect(question?.criteria).toMatchObject({ is: 'anyOf', of: { length: 40 } });
    expect(JSON.stringify(question)).not.toContain('entityOf_second');
  });

  test('are ids and pairs by their index, and nothing that could be missing in older rows', () => {
    const id = (values: readonly (string | number)[]): RecordCondition => ({ column: 'id', is: 'in', values });
    expect(asked([id(['a'])])).toEqual({ criteria: { is: 'allOf', of: [tenant, { is: 'equal', tag: 'id', value: 'a' }] }, leaves: 'few' });
    expect(asked([id(['a', 'b', 1])])?.criteria).toMatchObject({ of: [tenant, { is: 'in', values: ['a', 'b'] }] });
    expect(asked([id(['a', ''])])?.criteria).toEqual(tenant);
    expect(asked([id(Array.from({ length: 500 }, (_, index) => `i${index}`))])?.criteria).toEqual(tenant);
    const pair = (values: readonly string[]): RecordCondition => ({ column: 'tags', key: 'k', is: 'in', values });
    expect(asked([pair(['v'])])).toEqual({ criteria: { is: 'allOf', of: [tenant, { is: 'having', tag: 'pairsOf_tags', values: ['k=v'] }] }, leaves: 'some' });
    expect(asked([pair(['v', ''])])?.criteria).toEqual(tenant);
  });

  test('is nothing that the server filters after it has cut the answer', () => {
    const where: readonly RecordCondition[] = [
      { column: 'body', is: 'in', values: ['x'] }, { column: 'body', is: 'contains', value: 'x' }, { column: 'whole', is: 'atLeast', value: 3 },
      { column: 'word', is: 'notIn', values: ['x'] }, { column: 'counts', key: 'n', is: 'in', values: [1] }, { column: 'tags', is: 'present' }, { column: 'on', is: 'in', values: [true] },
    ];
    expect(asked(where)?.criteria).toEqual(tenant);
  });

  test('is everything when no value is of the type of its column', () => {
    expect(asked([{ column: 'word', is: 'in', values: [1, true] }])).toBeUndefined();
    expect(asked([{ column: 'whole', is: 'in', values: ['1'] }])).toBeUndefined();
    expect(asked([{ column: 'on', is: 'in', values: [] }])).toBeUndefined();
  });
});

describe('the stream of a model', () => {
  test('has a tag for each column, the words of its order as entity, and indexes of what is looked up', () => {
    const spec = streamSpec(everyColumn, 'g');
    expect(spec).toMatchObject({ catalog: 'stream', group: 'g', name: 'every_column', entity: ['tenant', 'entityOf_word'] });
    expect(spec.tags.map(({ name }) => name)).toEqual([
      'tenant', 'entityOf_word', 'time', 'id', 'word', 'body', 'whole', 'maybe', 'amount', 'ratio', 'on', 'tags', 'pairsOf_tags', 'counts',
    ]);
    expect(spec.indexes.map(({ name, type }) => [name, type])).toEqual([['id', 'inverted'], ['pairsOf_tags', 'inverted']]);
    expect(streamSpec(versioned, 'g').tags.map(({ name }) => name)).toContain('writtenAt');
  });

  test('keeps texts of entities and pairs apart and short', () => {
    expect(new Set(oddTexts.map(entityCell)).size).toBe(oddTexts.length);
    const pairs = oddTexts.flatMap((key) => oddTexts.map((value) => pairText(key, value)));
    expect(new Set(pairs).size).toBe(oddTexts.length ** 2);
    for (const long of ['x'.repeat(100_000), '\0'.repeat(5000), '👩'.repeat(5000)]) {
      expect(entityCell(long).length).toBeLessThanOrEqual(256);
      expect(pairText(long, long).length).toBeLessThanOrEqual(256);
      expect(pairText('k', long).isWellFormed()).toBe(true);
      expect(entityCell(`a${long}`).isWellFormed()).toBe(true);
    }
  });
});
