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

  test('refuses what is no expression, a very long one, or one that cannot run in linear time', () => {
    const search = new NameSearch(new ManualClock(0), () => 0);
    for (const expression of ['(', '[', 'a{2,1}', 'x'.repeat(1_001), 'a(?=b)', '(a)\\1', 'a)|(b']) {
      expect(answerOf(search, expression)).toBe('METERLARK_GRAPHQL_BAD_REGEX');
    }
  });

  test('decides what would take an expression that goes back for ever', () => {
    expect(answerOf(new NameSearch(new ManualClock(0), () => 0), endless)).toEqual([]);
  });

  test('gives up on an expression that stands at a thousand places at once', () => {
    const search = new NameSearch(new ManualClock(0), () => 0);
    const long = [`${'xy'.repeat(2000)}!`];
    expect(() => search.matches(long, '(?:[xy]?){600}(?:x|y|xy){99}')).toThrow(/was given up/);
  });

  test('shares one budget of time among all expressions: when it is used up none runs until time has passed', () => {
    const clock = new ManualClock(1_000_000);
    let elapsedMs = 0;
    const search = new NameSearch(clock, () => (elapsedMs += 30));
    expect([1, 2, 3, 4, 5].map(() => answerOf(search, '.*cpm'))).toEqual([...[1, 2, 3, 4].map(() => ['meter_cpm']), 'METERLARK_GRAPHQL_REGEX_BUSY']);
    clock.set(0);
    expect(answerOf(search, '.*cpm')).toBe('METERLARK_GRAPHQL_REGEX_BUSY');
    clock.advance(3_600_000);
    expect(answerOf(search, '(')).toBe('METERLARK_GRAPHQL_BAD_REGEX');
    expect(answerOf(search, '.*cpm')).toEqual(['meter_cpm']);
  });

  test('is what listMetrics uses', async () => {
    const server = graphql();
    server.metadata.definitions = names.map((name) => definition({ name }));
    const { data, errors } = await server.ask(`{ some: listMetrics(regex: "meter_((a+)+)+") { name } all: listMetrics { name } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ some: [{ name: names[2] }], all: [...names].sort().map((name) => ({ name })) });
  });
});
