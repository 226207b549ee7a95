import { gatewayCallFacts, gatewayCallId, gatewayLogDialect, type GatewayCallFacts } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { Attempts } from '../../src/logs/attempts.js';
import { LogJoin, type LogJoinOptions } from '../../src/logs/log-join.js';
import { RecentMap } from '../../src/logs/recent-map.js';
import { logView, type LogDetails } from '../../src/logs/views.js';
import { call, startUs } from '../spans.js';
import { complete } from './logs.js';

function facts(place: number, change: Readonly<Record<string, string>> = {}): GatewayCallFacts {
  const all = { ...complete, 'gen_ai.usage.input_tokens': String(place), 'x-request-id': `r-${place}`, ...change } as Readonly<Record<string, string>>;
  return gatewayCallFacts((key) => all[key] ?? '', { timeUs: startUs + place, traceId: '', spanId: '', service: 'gateway', instance: '' })!;
}

const spanCall = (place: number) => ({
  ...call({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': place, 'gen_ai.usage.output_tokens': 50 }),
  traceId: '', requestId: `r-${place}`, service: 'gateway',
});
const details: LogDetails = { tenant: '', id: 'x', protocol: 'otlp', user: '', session: '', team: '', route: '', dimensions: {} };

function joining(change: Partial<LogJoinOptions> = {}) {
  const outcomes: string[] = [];
  const counted: unknown[] = [];
  const errors: unknown[] = [];
  let nowMs = 0;
  const join = new LogJoin({
    maxWaiting: 100, maxRecent: 1000, waitMs: 6000, maxPerTurn: 50, now: () => nowMs,
    onCounted: (one) => void counted.push(one), onLog: (outcome) => void outcomes.push(outcome), onSettled: () => undefined, onError: (error) => void errors.push(error), ...change,
  });
  const tell = (told: GatewayCallFacts): void => {
    const log = join.meet('', gatewayCallId(told), told);
    if (log !== undefined) join.wait(log, details);
  };
  return { join, tell, outcomes, counted, errors, pass: (ms: number) => void (nowMs += ms) };
}

describe('more logs than may wait', () => {
  test('are counted before their time, the oldest first, and none is lost', () => {
    const { join, tell, outcomes, counted } = joining({ maxWaiting: 3 });
    for (let place = 0; place < 10; place += 1) tell(facts(place));
    expect([counted.length, outcomes]).toEqual([7, Array.from({ length: 7 }, () => 'counted')]);
    expect([join.wasCounted(spanCall(0)), join.wasCounted(spanCall(9))]).toEqual([true, false]);
    join.settleAll();
    expect(counted).toHaveLength(9);
  });
});

test('logs that have waited long enough are counted a few at a time, the oldest first, so that others get their turn', () => {
  const { join, tell, counted, pass } = joining({ maxPerTurn: 4 });
  for (let place = 0; place < 10; place += 1) tell(facts(place));
  pass(6000);
  const after = [1, 2, 3].map(() => (join.settle(), counted.length));
  expect([after, counted]).toEqual([[4, 8, 10], Array.from({ length: 10 }, (_, place) => facts(place))]);
});

describe('what is remembered', () => {
  test('of spans is bounded while no log looks for any', () => {
    const { join, tell, outcomes } = joining();
    for (let place = 0; place < 10_000; place += 1) join.wasCounted(spanCall(place));
    tell(facts(9999));
    tell(facts(0));
    expect(outcomes).toEqual(['joined']);
  });

  test('of spans is more while logs do', () => {
    const { join, tell, outcomes } = joining();
    tell(facts(-1, { 'gen_ai.usage.input_tokens': '-' }));
    for (let place = 0; place < 900; place += 1) {
      join.wasCounted(spanCall(place));
      if (place % 50 === 0) tell(facts(10_000 + place));
    }
    tell(facts(500));
    expect(outcomes.at(-1)).toBe('joined');
  });

  test('of the attempts under one request id is bounded', () => {
    const attempts = new Attempts(100);
    const at = (place: number, service = 'gateway') => ({ ...facts(0), startUs: startUs + place * 10_000_000, service });
    const meet = (key: string, told: GatewayCallFacts) => attempts.meet(key, logView('', 'x', told))?.outcome;
    for (let place = 0; place < 100; place += 1) expect(meet('r', at(place))).toBeUndefined();
    expect([meet('r', at(99)), meet('r', at(40)), meet('r', at(50, 'inner'))]).toEqual(['again', 'again', 'joined']);
    expect([meet('r', at(0)), meet('other', at(99))]).toEqual([undefined, undefined]);
  });

  test('of ids is bounded', () => {
    const ids = new RecentMap<true>(4);
    for (const id of ['a', 'b', 'c', 'd', 'e']) ids.set(id, true);
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => ids.get(id))).toEqual([undefined, undefined, true, true, true]);
  });
});

describe('a log that cannot be counted', () => {
  test('does not keep the next one from it', () => {
    let failing = true;
    const counted: unknown[] = [];
    const { join, tell, errors, outcomes } = joining({
      onCounted: (one) => {
        if (failing) throw new Error('full');
        counted.push(one);
      },
    });
    tell(facts(1));
    join.settleAll();
    failing = false;
    tell(facts(2));
    join.settleAll();
    expect([counted.length, errors, outcomes]).toEqual([1, [new Error('full')], ['counted']]);
  });
});

describe('one log and one span', () => {
  test('are one call, and a second of either is another', () => {
    const { join, tell, outcomes, counted, pass } = joining();
    // One id for many requests, as some clients send it.
    const same = { 'x-request-id': 'always', 'gen_ai.usage.input_tokens': '5' };
    for (let place = 0; place < 5; place += 1) tell(facts(place, same));
    for (let place = 0; place < 3; place += 1) expect(join.wasCounted({ ...spanCall(5), requestId: 'always' })).toBe(false);
    pass(6000);
    join.settle();
    expect([outcomes.filter((one) => one === 'joined').length, counted.length]).toEqual([3, 2]);
    for (let place = 0; place < 3; place += 1) expect(join.wasCounted({ ...spanCall(5), requestId: 'always' })).toBe(place < 2);
  });

  test('of many that are alike are found at once, whatever the order', () => {
    const { join, tell, outcomes, counted } = joining({ maxWaiting: 100_000, maxRecent: 100_000 });
    const alike = { 'x-request-id': '-', 'gen_ai.usage.input_tokens': '5' };
    for (let place = 0; place < 5000; place += 1) tell(facts(place, alike));
    for (let place = 0; place < 10_000; place += 1) join.wasCounted({ ...spanCall(5), requestId: '', startUs: startUs + place });
    for (let place = 5000; place < 10_000; place += 1) tell(facts(place, alike));
    expect([outcomes.length, counted.length]).toEqual([10_000, 0]);
  });
});

test('views of calls whose logs were found by other views hide no others', () => {
  const { join, tell, outcomes } = joining();
  const alike = { 'x-request-id': '-', 'gen_ai.usage.input_tokens': '5' };
  const seen = { ...spanCall(5), requestId: '' };
  for (let place = 0; place < 100; place += 1) {
    const ticket = { logged: false };
    join.wasCounted({ ...seen, requestId: `r-${place}`, service: 'shop' }, ticket);
    join.alsoSeen(seen, ticket);
    tell(facts(place, { ...alike, 'x-request-id': `r-${place}` }));
  }
  join.wasCounted(seen);
  tell(facts(200, alike));
  tell(facts(201, alike));
  expect([outcomes.length, outcomes.every((one) => one === 'joined')]).toEqual([101, true]);
});

describe('the ledger', () => {
  test('of both kinds of calls takes the place of logs that wait', () => {
    const { join, tell, outcomes, counted } = joining();
    tell(facts(1));
    tell(facts(2));
    const stored = { ...spanCall(1), id: gatewayCallId(facts(1)), spanId: '', dialect: gatewayLogDialect, instance: '', responseModel: '', end: 'complete' as const };
    join.remember(stored);
    join.remember({ ...stored, ...spanCall(2), dialect: 'otel', id: 'x' });
    join.settleAll();
    expect([outcomes, counted]).toEqual([['again', 'joined'], []]);
    expect(join.wasCounted(spanCall(1))).toBe(true);
  });
});
