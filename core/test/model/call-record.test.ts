import { describe, expect, test } from 'vitest';
import { callOf, callRow } from '../../src/model/call-record.js';
import { callsModel } from '../../src/model/calls-model.js';
import { noUsage, type ModelCall } from '../../src/model/model-call.js';
import type { RecordMap, RecordRow } from '../../src/model/record.js';

const call: ModelCall = {
  tenant: 't', id: 'i', traceId: 'tr', spanId: 'sp', requestId: 'rq-1', startUs: 1_700_000_000_000_001, durationMs: 12.5, protocol: 'zipkin', dialect: 'd',
  service: 's', instance: 'in', user: 'u', session: 'se', team: 'te', dimensions: { org: 'a', env: 'b' }, gateway: 'g', route: 'r',
  provider: 'p', model: 'm', requestModel: 'rq', responseModel: 'rs', operation: 'chat', streaming: false, finishReason: 'stop',
  status: 'error', errorType: '429', end: 'upstream-failed',
  usage: { input: 1, cacheRead: 2, cacheWrite5m: 3, cacheWrite1h: 4, output: 5, reasoning: 6, audioInput: 7, audioOutput: 0 },
  timeToFirstTokenMs: 350, timePerOutputTokenMs: 1.5, serviceTier: 'flex', serverAddress: 'host',
  cost: { source: 'computed', total: 21, input: 1, cacheRead: 2, cacheWrite: 3, output: 4, reasoning: 5, audio: 6, priceVersion: 'v', tier: 'flex' },
  revision: 3,
};

/** What a store makes of the values of a row. */
function stored(one: ModelCall): RecordRow {
  const values = callRow(one);
  return Object.fromEntries(
    callsModel.columns.map(({ name, type }, index) => {
      const value = values[index];
      if (type !== 'textMap') return [name, value as string | number | undefined];
      const { keys, values: texts } = value as RecordMap;
      return [name, Object.fromEntries(keys.map((key, place) => [key, texts[place] ?? '']))];
    }),
  );
}

describe('a model call as a row', () => {
  test('has a value for every column and comes back as it was', () => {
    const row = stored(call);
    expect(Object.values(row).every((value) => value !== undefined)).toBe(true);
    expect(callOf(row)).toEqual(call);
  });

  test('keeps what is not known apart from zero', () => {
    const { source, priceVersion, tier } = call.cost;
    const nothing = { total: undefined, input: undefined, cacheRead: undefined, cacheWrite: undefined, output: undefined, reasoning: undefined, audio: undefined };
    const bare: ModelCall = {
      ...call, usage: noUsage, streaming: undefined, timeToFirstTokenMs: undefined, timePerOutputTokenMs: undefined,
      cost: { source, priceVersion, tier, ...nothing },
    };
    expect(callOf(stored(bare))).toEqual(bare);
  });
});
