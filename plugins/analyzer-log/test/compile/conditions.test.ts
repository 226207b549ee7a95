import { describe, expect, it } from 'vitest';
import { holds, json, run } from './kit.js';

const tagged = { tagged: { code: '404', word: 'abc', zero: '0', yes: 'true' } };

const overTags: readonly (readonly [condition: string, holds: boolean])[] = [
  ['tag("word") == "abc"', true],
  ['tag("word") == \'abd\'', false],
  ['tag("word") != "abd"', true],
  ['tag("none") == ""', true],
  ['tag("none") == null', false],
  ['tag("none") != null', true],
  ['tag("code") as Integer < 400', false],
  ['tag("code") as Integer >= 404', true],
  ['tag("code") as Integer <= 404', true],
  ['tag("code") as Integer > 404', false],
  ['tag("code") as Integer == 404', true],
  ['tag("code") as Integer != 404', false],
  ['400 < tag("code") as Integer', true],
  ['tag("code") == 404', true],
  ['404 == tag("code")', true],
  ['tag("word") == 404', false],
  ['tag("word") != 404', true],
  ['tag("code") > 403.5', true],
  ['tag("code") > "403"', true],
  ['tag("code") as Long == tag("code") as Integer', true],
  ['tag("code") == tag("word")', false],
  ['(tag("code") as Integer) + (tag("zero") as Integer) < 405', true],
  ['tag("word")', true],
  ['tag("none")', false],
  ['!tag("none")', true],
  ['!!tag("word")', true],
  ['tag("yes") as Boolean', true],
  ['tag("word") as Boolean', false],
  ['tag("yes") as Boolean == true', true],
  ['true', true],
  ['false', false],
  ['null', false],
  ['null == null', true],
  ['"x"', true],
  ['0', true],
  ['tag("word") == "abc" && tag("none") == "" || false', true],
  ['false && false || true', true],
  ['true || false && false', true],
  ['(true || false) && false', false],
  ['!false && false', false],
  ['!(true && false)', true],
  ['true && true && true && false', false],
  ['false || false || false || true', true],
  ['!tag("word").startsWith("x")', true],
  ['tag("word").startsWith("a") && tag("word").endsWith("c")', true],
  ['(tag("word") == "abc")', true],
  ['(tag("word") == "abc") == true', true],
  ['sourceAttribute("os.name") == ""', true],
  ['log.service == "shop" && log.timestamp == 1700000000000', true],
  ['log.traceContext.spanId == 3', true],
];

const body = {
  code: 200, text: '200', on: true, off: false, nothing: null, half: 99.5, list: [1, 'two'], map: { a: { b: 'c' } }, empty: '', none: [],
};

const overBodies: readonly (readonly [condition: string, holds: boolean])[] = [
  ['parsed.code == 200', true],
  ['parsed.text == 200', true],
  ['parsed.code == "200"', false],
  ['parsed.code != "200"', true],
  ['parsed.missing == 0', false],
  ['parsed.missing as Integer == 0', true],
  ['parsed.missing as Integer < 400', true],
  ['parsed.missing < 1', true],
  ['parsed.nothing == null', true],
  ['parsed.missing == null', true],
  ['parsed.code != null', true],
  ['parsed.missing == parsed.other', true],
  ['parsed.on', true],
  ['parsed.off', false],
  ['parsed.off as Boolean', false],
  ['parsed.on == true', true],
  ['parsed.off == false', true],
  ['parsed.missing as Boolean', false],
  ['parsed.code as Boolean', true],
  ['parsed.empty', false],
  ['parsed.none', true],
  ['parsed.half > 99', true],
  ['parsed.half as Integer == 99', true],
  ['parsed.code as String == "200"', true],
  ['parsed?.map?.a?.b == "c"', true],
  ['parsed.map.x.y.z == null', true],
  ['parsed.list[0] == 1', true],
  ['parsed.list[1] == "two"', true],
  ['parsed.list[9] == null', true],
  ['parsed.list.size() > 1', true],
  ['parsed?.missing?.size() > 0', false],
  ['!parsed?.missing?.toString()?.trim()', true],
  ['parsed.map.containsKey("a")', true],
];

describe('a condition', () => {
  it.each(overTags)('over tags: %s', (condition, expected) => {
    expect(holds(condition, tagged)).toBe(expected);
  });

  it.each(overBodies)('over a body: %s', (condition, expected) => {
    expect(holds(condition, json(body), 'json {}')).toBe(expected);
  });

  it('does not ask what its beginning has decided', () => {
    expect(holds('tag("none") == "" || tag("none") as Integer < 400')).toBe(true);
    expect(holds('tag("none") != "" && tag("none") as Integer < 400')).toBe(false);
  });

  it.each(['tag("word") as Integer < 400', 'tag("none") as Integer < 400', 'tag("word") > 3', 'tag("big") as Integer == 1', 'tag("half") as Long > 1'])(
    'throws what is no number: %s', (condition) => {
      const log = { tagged: { word: 'abc', big: '3000000000', half: '1.5' } };
      expect(() => holds(condition, log)).toThrow(/is not|no number/);
    });

  it('chooses the first branch that holds', () => {
    const rule = `filter { json {}
      extractor { if (parsed.a == 1) { tag x: "one" } else if (parsed.a == 2) { tag x: "two" } else if (parsed.a == 3) { tag x: "three" } else { tag x: "more" } } }`;
    const chosen = [1, 2, 3, 4].map((a) => run(rule, json({ a })).tags[0]?.[1]);
    expect(chosen).toEqual(['one', 'two', 'three', 'more']);
  });

  it('without else leaves the log as it is', () => {
    expect(run('filter { extractor { if (false) { tag x: "y" } } sink {} }')).toMatchObject({ tags: [], kept: true });
  });
});
