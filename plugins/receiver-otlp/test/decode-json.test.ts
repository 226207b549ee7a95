import { isMeterlarkError, type MetricBatch } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { decodeMetricsJson } from '../src/decode-json.js';
import { decodeMetrics } from '../src/decode-metrics.js';
import type { Decoded } from '../src/decoded.js';
import { captured, capturedCases, maxItems, newInterns } from './support/captured.js';
import type { Plain } from './support/oracle.js';

const interns = newInterns();

function decodeText(text: string): Decoded<MetricBatch> {
  return decodeMetricsJson(Buffer.from(text), interns, maxItems);
}

function faultOf(text: string, limit = maxItems): Plain {
  try {
    decodeMetricsJson(Buffer.from(text), interns, limit);
  } catch (error) {
    if (!isMeterlarkError(error)) throw error;
    return { code: error.code, class: error.class, ...error.fields };
  }
  throw new Error('decoded');
}

function withMetric(metric: unknown): string {
  return JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
}

function pointOf(metric: unknown): unknown {
  return decodeText(withMetric(metric)).batch.resources[0]!.scopes[0]!.metrics[0]!.points[0];
}

function valueOf(attribute: unknown): unknown {
  const metric = { gauge: { dataPoints: [{ asInt: '1', attributes: [{ key: 'k', value: attribute }] }] } };
  return (pointOf(metric) as { attributes: Map<string, unknown> }).attributes.get('k');
}

describe('OTLP/JSON', () => {
  it.each(capturedCases)("gives the same as the SDK's protobuf bytes: %s", (name) => {
    const json = decodeMetricsJson(captured(name, 'http-json.json'), newInterns(), maxItems);
    const proto = decodeMetrics(captured(name, 'http-protobuf.bin'), newInterns(), maxItems);
    expect(json).toEqual(proto);
    expect(json.batch.points).toBeGreaterThan(0);
  });

  it('shares attributes and resources with protobuf requests', () => {
    const shared = newInterns();
    const json = decodeMetricsJson(captured('delta', 'http-json.json'), shared, maxItems).batch;
    const proto = decodeMetrics(captured('delta', 'grpc.bin'), shared, maxItems).batch;
    const first = ({ resources }: typeof json): unknown => resources[0]!.scopes[1]!.metrics[0]!.points[0]!.attributes;
    expect(first(json)).toBe(first(proto));
  });

  it('reads 64-bit integers as text and as numbers', () => {
    for (const asInt of ['-9007199254740991', -9007199254740991]) {
      expect(pointOf({ sum: { dataPoints: [{ asInt, timeUnixNano: '1700000000123000000' }] } })).toMatchObject({
        value: -9007199254740991,
        timeMs: 1700000000123,
      });
    }
    const counts = { explicitBounds: [1, '2.5'], bucketCounts: ['1', 2, '18446744073709551615'] };
    expect(pointOf({ histogram: { dataPoints: [counts] } })).toMatchObject({ bounds: [1, 2.5], counts: [1, 2, 2 ** 64] });
  });

  it('reads doubles that JSON has no number for', () => {
    for (const [text, value] of [['NaN', NaN], ['Infinity', Infinity], ['-Infinity', -Infinity]] as const) {
      expect(pointOf({ gauge: { dataPoints: [{ asDouble: text }] } })).toMatchObject({ value });
    }
  });

  it.each([
    [2, 'cumulative'],
    ['AGGREGATION_TEMPORALITY_DELTA', 'delta'],
    [0, 'unspecified'],
    [77, 'unspecified'],
  ])('reads the temporality %s', (aggregationTemporality, temporality) => {
    const metric = { histogram: { dataPoints: [], aggregationTemporality } };
    expect(decodeText(withMetric(metric)).batch.resources[0]!.scopes[0]!.metrics[0]).toMatchObject({ temporality });
  });

  it('reads any-values of every kind', () => {
    expect(valueOf({ stringValue: '' })).toBe('');
    expect(valueOf({ boolValue: false })).toBe(false);
    expect(valueOf({ intValue: '9223372036854775807' })).toBe(9223372036854775807n);
    expect(valueOf({ doubleValue: 0.5 })).toBe(0.5);
    expect(valueOf({ bytesValue: 'AP8+/w==' })).toEqual(Uint8Array.from([0, 255, 62, 255]));
    expect(valueOf({ arrayValue: {} })).toEqual([]);
    expect(valueOf({ kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{}] } } }] } })).toEqual(new Map([['a', [undefined]]]));
    expect(valueOf({})).toBeUndefined();
    expect(valueOf(null)).toBeUndefined();
  });

  it('takes null as not set, and ignores unknown and snake_case names', () => {
    const metric = { name: null, unknown: [{}], gauge: { dataPoints: [{ asDouble: 1, as_int: '7', exemplars: 'any', flags: null }] } };
    expect(pointOf(metric)).toMatchObject({ value: 1, noRecordedValue: false });
    expect(decodeText('{"resource_metrics":[{}]}').batch.resources).toEqual([]);
    expect(decodeText('{"__proto__":{"resourceMetrics":[{}]}}').batch.resources).toEqual([]);
  });

  it('reads the flag of a point without value', () => {
    for (const flags of [1, '1']) {
      expect(pointOf({ sum: { dataPoints: [{ flags }] } })).toMatchObject({ noRecordedValue: true });
    }
  });
});

describe('JSON that is not OTLP', () => {
  const at = '$.resourceMetrics[0].scopeMetrics[0].metrics[0]';
  const point = (fields: unknown): string => withMetric({ sum: { dataPoints: [{}, fields] } });

  it.each([
    ['no JSON', '{"resourceMetrics":', '$', 'JSON'],
    ['nothing', '', '$', 'JSON'],
    ['a list', '[]', '$', 'an object is expected'],
    ['null', 'null', '$', 'an object is expected'],
    ['an object for a list', '{"resourceMetrics":{}}', '$.resourceMetrics', 'an array is expected'],
    ['a null in a list', '{"resourceMetrics":[null]}', '$.resourceMetrics[0]', 'an object is expected'],
    ['a number for text', withMetric({ name: 5 }), `${at}.name`, 'a string is expected'],
    ['a fraction for an integer', point({ asInt: 1.5 }), `${at}.sum.dataPoints[1].asInt`, 'an integer'],
    ['a negative time', point({ timeUnixNano: '-1' }), `${at}.sum.dataPoints[1].timeUnixNano`, 'from 0 to'],
    ['a time of 65 bits', point({ timeUnixNano: '18446744073709551616' }), `${at}.sum.dataPoints[1].timeUnixNano`, 'from 0 to'],
    ['a long text of digits', point({ timeUnixNano: '9'.repeat(100_000) }), `${at}.sum.dataPoints[1].timeUnixNano`, 'from 0 to'],
    ['hex for an integer', point({ asInt: '0x10' }), `${at}.sum.dataPoints[1].asInt`, 'an integer'],
    ['text for a double', point({ asDouble: 'abc' }), `${at}.sum.dataPoints[1].asDouble`, 'a number is expected'],
    ['a bool for a double', point({ asDouble: true }), `${at}.sum.dataPoints[1].asDouble`, 'a number is expected'],
    ['text for a bool', withMetric({ sum: { isMonotonic: 'true' } }), `${at}.sum.isMonotonic`, 'true or false'],
    ['an unknown enum name', withMetric({ sum: { aggregationTemporality: 'DELTA' } }), `${at}.sum.aggregationTemporality`, 'enum'],
    ['a bucket count below zero', withMetric({ histogram: { dataPoints: [{ bucketCounts: [1, -1] }] } }), `${at}.histogram.dataPoints[0].bucketCounts[1]`, 'from 0 to'],
    ['broken base64', point({ attributes: [{ key: 'a', value: { bytesValue: '!' } }] }), `${at}.sum.dataPoints[1].attributes[0].value.bytesValue`, 'base64'],
  ])('names path and reason for %s', (_name, text, path, reason) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ code: 'METERLARK_RECEIVER_OTLP_MALFORMED_JSON', class: 'permanent', path });
    expect(fault['reason']).toContain(reason);
  });

  it('refuses values nested too deeply, also beyond any stack', () => {
    const nested = (depth: number): string =>
      `{"resourceMetrics":[{"resource":{"attributes":[{"value":${'{"arrayValue":{"values":['.repeat(depth)}{}${']}}'.repeat(depth)}}]}}]}`;
    expect(decodeText(nested(32)).batch.resources).toHaveLength(1);
    expect(faultOf(nested(33))['code']).toBe('METERLARK_RECEIVER_OTLP_MALFORMED');
    expect(faultOf(nested(2000))['reason']).toBe('nested too deeply');
    expect(faultOf(nested(200_000), 10_000_000)['code']).toMatch(/^METERLARK_RECEIVER_OTLP_MALFORMED/);
  });

  it('refuses what would become too many values before it is parsed: the end is no JSON', () => {
    const flood = '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[';
    expect(faultOf(`${flood}${'{},'.repeat(1_000_000)}`, 10_000)['code']).toBe('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
    expect(faultOf(`${flood}${'[],'.repeat(1_000_000)}`, 10_000)['code']).toBe('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
    expect(faultOf(`${flood}${'1,'.repeat(1_000_000)}`, 10_000)['code']).toBe('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
    expect(faultOf(`${flood}${'{},'.repeat(100)}`, 10_000)['code']).toBe('METERLARK_RECEIVER_OTLP_MALFORMED_JSON');
  });

  it('takes a point of many buckets and texts full of braces', () => {
    const dataPoints = [{ bucketCounts: Array<string>(1_001).fill('1'), explicitBounds: Array.from({ length: 1_000 }, (_, index) => index) }];
    expect(decodeText(withMetric({ name: '{['.repeat(5_000), histogram: { dataPoints } })).batch.points).toBe(1);
  });

  it('refuses more items than allowed', () => {
    const text = JSON.stringify({ resourceMetrics: Array.from({ length: 2000 }, () => ({})) });
    expect(faultOf(text, 1000)['code']).toBe('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
  });
});
