/** What one request, and one span of it, may hold. */
import { describe, expect, it } from 'vitest';
import { readJson } from '../src/read-json.js';
import { maxPartsOfSpan, maxPerSpan } from '../src/zipkin-span.js';
import { faultOf, fromJson, fromProtobuf, hex, ids, maxSpans, readAll } from './support/reading.js';

describe('a span with very many tags and annotations', () => {
  const over = maxPerSpan + 5;
  const tags = Object.fromEntries(Array.from({ length: over }, (_, index) => [`k${index}`, 'v']));
  const annotations = Array.from({ length: over }, (_, index) => ({ timestamp: index + 1, value: 'x' }));

  it('keeps as many of both as are stored, and tells how many it left out', () => {
    for (const [span] of [fromJson({ ...ids, tags, annotations }), fromProtobuf({ traceId: hex(ids.traceId), id: hex(ids.id), tags, annotations })]) {
      expect([[...span!.tags].length, span!.annotations.length, span!.dropped]).toEqual([maxPerSpan, maxPerSpan, 10]);
      expect([span!.annotations[0], span!.annotations.at(-1)]).toEqual([{ timeUs: 1, value: 'x' }, { timeUs: maxPerSpan, value: 'x' }]);
    }
  });

  it('is refused with its place before it is parsed when it holds more than any sender means: the middle is no JSON', () => {
    const body = Buffer.from(`[${JSON.stringify(ids)}, {"tags":{${'"a":1,'.repeat(maxPartsOfSpan + 1)}?}}]`);
    expect(faultOf(() => readAll(readJson(body, maxSpans)))).toMatchObject({
      code: 'METERLARK_RECEIVER_ZIPKIN_MALFORMED',
      place: '[1]',
      reason: `one span holds more than ${maxPartsOfSpan} values`,
    });
  });

  it('takes little from the others of its request: they are read whole', () => {
    const spans = fromJson({ ...ids, tags }, { ...ids, id: '2', tags: { a: '1' } });
    expect(spans.map((span) => [[...span.tags].length, span.dropped])).toEqual([[maxPerSpan, 5], [1, 0]]);
  });
});

describe('a list in JSON', () => {
  it.each([
    ['[]', 0],
    [' \r\n\t[ ] \n', 0],
    [` [ ${JSON.stringify(ids)} , ${JSON.stringify({ ...ids, name: 'a,b]"}[{\\"' })}\n]\n`, 2],
  ])('is taken apart into its spans: %s', (text, count) => {
    expect(readAll(readJson(Buffer.from(text), maxSpans))).toHaveLength(count);
  });

  it.each(['[1', '[{}', '[{}}', '[]]', '[] x', '[]\u00a0', '["', '["\\', '[{"a":"]', '', ' '])('that ends too early or too late is none: %j', (text) => {
    expect(faultOf(() => readAll(readJson(Buffer.from(text), maxSpans)))).toMatchObject({ place: 'the body', reason: 'it is no JSON, or only a part of it' });
  });

  it.each(['[,]', '[?]', '[{]}]', '[}{]', '[{"traceId":"1","id":"1"},]', '[{"traceId":"1","id":"1"} {}]', '[{"traceId":"1" "id":"1"}]'])(
    'whose spans are no JSON is none: %s',
    (text) => {
      expect(faultOf(() => readAll(readJson(Buffer.from(text), maxSpans))).code).toBe('METERLARK_RECEIVER_ZIPKIN_MALFORMED');
    },
  );

  it('may hold as many spans as allowed, and not one more', () => {
    const list = (length: number): Buffer => Buffer.from(JSON.stringify(Array.from({ length }, () => ids)));
    expect(readAll(readJson(list(3), 3))).toHaveLength(3);
    expect(faultOf(() => readAll(readJson(list(4), 3))).code).toBe('METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS');
  });
});
