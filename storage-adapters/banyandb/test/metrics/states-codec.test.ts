import { isMeterlarkError, type HistogramState, type MetricState } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { LabelStates } from '../../src/metrics/label-states.js';
import { StatesDecoder } from '../../src/metrics/states-decoder.js';
import { StatesEncoder } from '../../src/metrics/states-encoder.js';
import { randomOf } from './surroundings.js';

const encoder = new StatesEncoder();

function encode(states: readonly (readonly [string, MetricState])[]): Buffer {
  const all = new LabelStates();
  for (const [labels, state] of states) all.merge('latest', labels, state);
  return encoder.encode(all);
}

function decode(bytes: Uint8Array): readonly (readonly [string, MetricState])[] {
  const decoder = new StatesDecoder();
  const found: (readonly [string, MetricState])[] = [];
  decoder.open(bytes);
  while (decoder.next()) found.push([decoder.labels, decoder.state]);
  return found;
}

const state = (changes: Partial<MetricState>): MetricState => ({ a: 0, b: 0, slots: 0n, histogram: undefined, ...changes });
const numbers = [0, -0, 1, 127, 128, -1, 0.1, 1 / 3, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, -1e308, 5e-324, 1_763_600_000_123, NaN, Infinity, -Infinity];

describe('states of metric rows', () => {
  test('every number comes back as the same double', () => {
    for (const a of numbers) for (const b of numbers) expect(decode(encode([['', state({ a, b })]]))).toStrictEqual([['', state({ a, b })]]);
  });

  test('slots of 60 bits come back', () => {
    for (const slots of [0n, 1n, 2n, 1n << 29n, 1n << 30n, 1n << 59n, (1n << 60n) - 1n]) {
      expect(decode(encode([['', state({ slots })]]))).toEqual([['', state({ slots })]]);
    }
  });

  test.each<[string, HistogramState]>([
    ['no bucket', { bounds: [], counts: [] }],
    ['huge bounds', { bounds: [-(2 ** 53), -1, 0, 2 ** 53], counts: [1, 2, 3, 2 ** 53] }],
    ['bounds at the edge of distances', { bounds: [-(2 ** 52), 2 ** 52], counts: [0, 0] }],
    ['a bound beyond it', { bounds: [-(2 ** 52) - 1, 2 ** 52], counts: [0, 0] }],
    ['negative bounds', { bounds: [-5_000_000, -1, 7], counts: [1, 0, 2] }],
    ['bounds and counts with fractions', { bounds: [0.5, 1.5], counts: [0.25, 1e300] }],
    ['negative counts', { bounds: [1, 2], counts: [-1, 3] }],
    ['bounds that do not ascend', { bounds: [5, 1, 1], counts: [1, 1, 1] }],
  ])('a histogram with %s comes back', (_, histogram) => {
    expect(decode(encode([['', state({ histogram })]]))).toEqual([['', state({ histogram })]]);
  });

  test('label sets of any text come back', () => {
    const labels = ['', '{"a":"b"}', 'ü日本🧑‍🚀', 'x'.repeat(100_000), '\0\u0001|"'];
    const states = labels.map((text, index): [string, MetricState] => [text, state({ a: index })]);
    expect(decode(encode(states))).toEqual(states);
  });

  test('random states come back', () => {
    const random = randomOf(7);
    for (let round = 0; round < 200; round += 1) {
      const states = Array.from({ length: random(20) }, (_, index): [string, MetricState] => {
        const bounds = Array.from({ length: random(8) }, () => random(1e9) - 5e8).sort((left, right) => left - right);
        const histogram = random(2) === 0 ? undefined : { bounds, counts: bounds.map(() => random(1e6)) };
        return [`${index}${'l'.repeat(random(200))}`, state({ a: random(1e9) / (random(3) + 1), b: -random(5), slots: BigInt(random(1e9)) << 28n, histogram })];
      });
      // -0 of the random numbers is a -0.
      expect(decode(encode(states))).toEqual(states);
    }
  });

  test('a counter without labels takes few bytes', () => {
    expect(encode([['', state({ a: 1000 })]])).toHaveLength(6);
    const bounds = Array.from({ length: 20 }, (_, index) => (index + 1) * 5_000_000);
    expect(encode([['', state({ histogram: { bounds, counts: bounds.map(() => 3) } })]]).length).toBeLessThan(120);
  });

  test('bytes cut anywhere, changed anywhere or made up are an error of the answer or other states, never anything else', () => {
    const whole = encode([
      ['{"a":"b"}', state({ a: 0.1, b: 300, slots: 1n << 40n })],
      ['', state({ histogram: { bounds: [-3, 5, 2 ** 40], counts: [1, 2, 300] } })],
      ['x', state({ histogram: { bounds: [0.5], counts: [0.5] } })],
    ]);
    for (let end = 0; end < whole.length; end += 1) expectFault(whole.subarray(0, end));
    expectFault(Buffer.concat([whole, Buffer.from([0])]));
    const random = randomOf(3);
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = round % 2 === 0 ? Buffer.from(whole) : Buffer.from(Array.from({ length: random(40) }, () => random(256)));
      if (bytes.length > 0) bytes[round % 4 === 1 ? 0 : random(bytes.length)] = round % 4 === 1 ? 1 : random(256);
      faultOf(bytes);
    }
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'AQEA'],
    ['no bytes', Buffer.alloc(0)],
    ['another format', Buffer.from([2, 0])],
    ['2^53 states', Buffer.from([1, 255, 255, 255, 255, 255, 255, 255, 15])],
    ['a number that never ends', Buffer.from([1, ...Array<number>(30).fill(255)])],
    ['a text longer than the row', Buffer.from([1, 1, 200, 1, 0])],
    ['a histogram of more buckets than bytes', Buffer.from([1, 1, 0, 0x40, 255, 255, 255, 127, 0])],
    ['slots over 60 bits', Buffer.from([1, 1, 0, 0x20, 0, 255, 255, 255, 255, 7])],
    ['unknown forms', Buffer.from([1, 1, 0, 0xff])],
  ])('%s in place of states is an error of the answer', (_, cell) => {
    expect(() => decode(cell as Buffer)).toThrow(expect.objectContaining({ code: 'METERLARK_STORAGE_BANYANDB_BAD_ANSWER' }));
  });
});

function expectFault(bytes: Buffer): void {
  expect(faultOf(bytes)).toBe(true);
}

function faultOf(bytes: Buffer): boolean {
  try {
    decode(bytes);
    return false;
  } catch (error) {
    expect(isMeterlarkError(error) && error.code).toBe('METERLARK_STORAGE_BANYANDB_BAD_ANSWER');
    return true;
  }
}
