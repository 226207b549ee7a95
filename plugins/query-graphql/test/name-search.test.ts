import { isMeterlarkError } from '@meterlark/core';
import { ManualClock } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { NameSearch } from '../src/name-search.js';
import { definition, graphql } from './support.js';

const names = ['meter_cpm', 'meter_sla', `meter_${'a'.repeat(60)}`];
const endless = 'meter_((a+)+)+b';

function answerOf(search: NameSearch, expression: string): unknown {
  try {
    return search.matches(names, expression);
  } catch (error) {
    return isMeterlarkError(error) ? error.code : error;
  }
}

describe('searching names', () => {
  test('gives the names that the whole expression matches', () => {
    const search = new NameSearch(new ManualClock(0));
    expect(answerOf(search, 'meter_.*a')).toEqual(['meter_sla', names[2]]);
    expect(answerOf(search, 'meter')).toEqual([]);
    expect(answerOf(search, 'x|.*cpm')).toEqual(['meter_cpm']);
  });

  test('refuses what is no expression, or a very long one', () => {
    const search = new NameSearch(new ManualClock(0));
    for (const expression of ['(', '[', 'a{2,1}', 'x'.repeat(1_001)]) expect(answerOf(search, expression)).toBe('METERLARK_GRAPHQL_BAD_REGEX');
  });

  test('shares one budget of time among all expressions: after an endless one none runs until time has passed', () => {
    const clock = new ManualClock(1_000_000);
    const search = new NameSearch(clock);
    expect(answerOf(search, endless)).toBe('METERLARK_GRAPHQL_BAD_REGEX');
    for (let count = 0; count < 1_000; count += 1) expect(answerOf(search, endless)).toBe('METERLARK_GRAPHQL_REGEX_BUSY');
    clock.set(0);
    expect(answerOf(search, '.*cpm')).toBe('METERLARK_GRAPHQL_REGEX_BUSY');
    clock.advance(3_600_000);
    expect(answerOf(search, '.*cpm')).toEqual(['meter_cpm']);
  });

  test('is one budget for all aliases of a request and for all requests', async () => {
    const server = graphql();
    server.metadata.definitions = names.map((name) => definition({ name }));
    const codesOf = async (query: string) => (await server.ask(query)).errors?.map(({ extensions }) => extensions.code as string);
    const aliases = Array.from({ length: 30 }, (_, index) => `a${index}: listMetrics(regex: "${endless}") { name }`);
    expect(await codesOf(`{ ${aliases.join(' ')} }`)).toEqual(['METERLARK_GRAPHQL_BAD_REGEX']);
    expect(await codesOf('{ listMetrics(regex: "meter_cpm") { name } }')).toEqual(['METERLARK_GRAPHQL_REGEX_BUSY']);
    expect(await codesOf('{ listMetrics { name } }')).toBeUndefined();
  });
});
