import { describe, expect, it } from 'vitest';
import { json, valueOf } from './kit.js';

const tagged = { tagged: { n: '7', m: '2', word: ' Ab,cd,, ', path: '/a/b', ratio: '0.1', json: '{"a":{"b":[1,"x"]},"n":1.5}', list: '[5,6]' } };
const number = (name: string, type: string): string => `(tag("${name}") as ${type})`;
const [n, m] = ['n', 'm'].map((name) => number(name, 'Integer'));

const values: readonly (readonly [value: string, expected: string | undefined])[] = [
  ['"a"', 'a'],
  ["'it\\'s'", "it's"],
  ['"a\\tb\\\\c\\d"', 'a\tb\\c\\d'],
  ['1', '1'],
  ['1L', '1'],
  ['1.0', '1.0'],
  ['1d', '1.0'],
  ['.5', '0.5'],
  ['1.5f', '1.5'],
  ['1e7', '1.0E7'],
  ['12345678901', '12345678901'],
  ['true', 'true'],
  ['null', undefined],
  ['""', undefined],
  [`${n} + ${m}`, '9'],
  [`${n} - ${m}`, '5'],
  [`${n} * ${m}`, '14'],
  [`${n} / ${m}`, '3'],
  [`${n} + ${m} * 3`, '13'],
  [`(${n} + ${m}) * 3`, '27'],
  [`${n} * 1.5`, '10.5'],
  [`${n} * 2.0`, '14.0'],
  [`${number('n', 'Double')} / ${m}`, '3.5'],
  [`${number('n', 'Double')} - ${n}`, '0.0'],
  [`${number('n', 'Long')} / ${m}`, '3'],
  [`0 - ${n} / ${m}`, '-3'],
  ['2147483647 + 1', '-2147483648'],
  ['2147483647 + 1L', '2147483648'],
  ['65536 * 65536', '0'],
  [number('ratio', 'Float'), '0.1'],
  [number('ratio', 'Double'), '0.1'],
  ['(1.0 / 3) as Integer', '0'],
  ['1.0 / 0', 'Infinity'],
  [`tag("n") + tag("m")`, '72'],
  [`${n} + ${m} + "x"`, '9x'],
  [`"x" + ${n} + ${m}`, 'x72'],
  ['"a" + null', 'anull'],
  ['"a" + true + 1.0', 'atrue1.0'],
  ['tag("n") as Integer', '7'],
  ['tag("n") as Double', '7.0'],
  ['(tag("n") as Double) as Integer', '7'],
  ['tag("n") as Boolean', 'false'],
  ['tag("none") as String', undefined],
  ['(tag("n") as Integer).toString() + "!"', '7!'],
  ['tag("word").trim()', 'Ab,cd,,'],
  ['tag("word").strip().toLowerCase()', 'ab,cd,,'],
  ['tag("word").trim().toUpperCase()', 'AB,CD,,'],
  ['tag("word").length()', '9'],
  ['tag("word").trim().split(",").size()', '2'],
  ['tag("word").trim().split(",")[1]', 'cd'],
  ['tag("path").split("/")', '["","a","b"]'],
  ['tag("path").split("[/b]")[1]', 'a'],
  ['tag("path").substring(1)', 'a/b'],
  ['tag("path").substring(1, 2)', 'a'],
  ['tag("path").substring(tag("m") as Integer)', '/b'],
  ['tag("path").charAt(1)', 'a'],
  ['tag("path").indexOf("b")', '3'],
  ['tag("path").indexOf("x")', '-1'],
  ['tag("path").lastIndexOf("/")', '2'],
  ['tag("path").replace("/", "$&")', '$&a$&b'],
  ['tag("path").replaceAll("[ab]", "x")', '/x/x'],
  ['tag("path").replaceAll("^/", "x")', 'xa/b'],
  ['tag("path").replaceAll("([ab])", "<$1>")', '/<a>/<b>'],
  ['tag("path").replaceAll("(?<x>[ab])", "${x}\\\\$")', '/a$/b$'],
  ['tag("path").replaceAll("x*", "-")', '-/-a-/-b-'],
  ['tag("path").replaceFirst("\\b", "|")', '/|a/b'],
  ['tag("path").split("\\b").size()', '4'],
  ['tag("path").split("^/")', '["","a/b"]'],
  ['",".split(",").size()', '0'],
  ['tag("path").replaceFirst("[ab]", "x")', '/x/b'],
  ['tag("path").matches("/a")', 'false'],
  ['tag("path").matches("/./.")', 'true'],
  ['tag("path").contains("a/")', 'true'],
  ['tag("path").concat("!")', '/a/b!'],
  ['tag("path").isEmpty()', 'false'],
  ['tag("none").isEmpty()', 'true'],
  ['" ".isBlank()', 'true'],
  ['tag("path").equals("/a/b")', 'true'],
  ['tag("path").equalsIgnoreCase("/A/B")', 'true'],
  ['toJson(tag("json")).a.b[1]', 'x'],
  ['toJson(tag("json")).get("n").getAsDouble()', '1.5'],
  ['toJson(tag("json"))?.getAsJsonObject("a")?.get("b")?.get(0)?.getAsInt()', '1'],
  ['toJson(tag("json"))?.getAsJsonArray("x")', undefined],
  ['toJson(tag("json")).has("a")', 'true'],
  ['toJson(tag("list"))', undefined],
  ['toJson(tag("none"))', undefined],
  ['toJsonArray(tag("list"))', '[5,6]'],
  ['toJsonArray(tag("list"))[1]', '6'],
  ['toJsonArray(tag("list")).size()', '2'],
  ['toJsonArray(tag("json"))', undefined],
  ['log.service', 'shop'],
  ['log.serviceInstance', 'shop-1'],
  ['log.endpoint', '/cart'],
  ['log.layer', 'GENERAL'],
  ['log.timestamp', '1700000000000'],
  ['log.body', undefined],
  ['log.tags.path', '/a/b'],
  ['log.tags.get("path")', '/a/b'],
  ['log.tags.size()', '7'],
  ['log.traceContext.traceId', 'trace-1'],
  ['log.traceContext.traceSegmentId', 'segment-1'],
  ['log.traceContext.spanId', '3'],
  ['ProcessRegistry.generateVirtualLocalProcess("s", "i")', 's:i:UNKNOWN_LOCAL'],
  ['ProcessRegistry.generateVirtualRemoteProcess("s", "i", parsed.service as String)', 's:i:UNKNOWN_REMOTE:shop'],
  ['ProcessRegistry.generateVirtualProcess("s", "i", "p") as String', 's:i:p'],
];

const body = { n: 5, half: 0.5, big: 1e21, small: 0.0001, on: false, text: 'a', list: [1, [2]], map: { a: 1 }, nothing: null };

const ofBodies: readonly (readonly [value: string, expected: string | undefined])[] = [
  ['parsed.n', '5'],
  ['parsed.n as Long', '5'],
  ['parsed.n as Double', '5.0'],
  ['parsed.half', '0.5'],
  ['parsed.half as Integer', '0'],
  ['parsed.big', '1.0E21'],
  ['parsed.big as Integer', '2147483647'],
  ['parsed.small', '1.0E-4'],
  ['parsed.on', 'false'],
  ['parsed.list', '[1,[2]]'],
  ['parsed.list[1][0]', '2'],
  ['parsed.list.contains(1)', 'true'],
  ['parsed.list.get(7)', undefined],
  ['parsed.map as String', '{"a":1}'],
  ['parsed.map.getOrDefault("b", 9)', '9'],
  ['parsed.get("text")', 'a'],
  ['parsed.text.name', undefined],
  ['parsed.nothing as String', undefined],
  ['parsed.nothing as Integer', '0'],
  ['parsed.n + parsed.half', '50.5'],
  ['(parsed.n as Integer) + (parsed.half as Double)', '5.5'],
  ['parsed.n.toString().length()', '1'],
  ['parsed.n.intValue() + parsed.half.doubleValue()', '5.5'],
  ['parsed.n.startsWith("5")', 'true'],
  ['toJson(parsed).map.a', '1'],
];

describe('a value', () => {
  it.each(values)('%s', (value, expected) => {
    expect(valueOf(value, tagged)).toBe(expected);
  });

  it.each(ofBodies)('of a body: %s', (value, expected) => {
    expect(valueOf(value, json(body), 'json {}')).toBe(expected);
  });

  it.each(['parsed.missing.trim()', 'parsed.list.trim()', 'parsed.text.substring(5)', '1 / 0', 'parsed.text as Integer', 'parsed.text as Double', 'parsed.map.getAsString()'])(
    'fails the rule: %s', (value) => {
      expect(() => valueOf(value, json(body), 'json {}')).toThrow();
    });

  it('is kept in a variable, with its kind', () => {
    const log = json({ a: '4', b: { c: 'd' } });
    expect(valueOf('half / 8', log, 'json {} def half = (parsed.a as Double) / 2')).toBe('0.25');
    expect(valueOf('b?.get(key)?.getAsString()', log, 'json {} def b = toJson(parsed.b) def key = "c"')).toBe('d');
    expect(valueOf('x', log, 'json {} def x = "1" if (parsed.a == "4") { def x = 2.0 }')).toBe('2');
  });

  it('of JSON keeps all digits of whole numbers', () => {
    const log = { body: '{"id":12345678901234567891,"n":-9007199254740993,"safe":1700000000000001,"text":"a \\" 12345678901234567891","f":1.2345678901234567891}' };
    const read = (value: string): string | undefined => valueOf(value, log, 'json {}');
    expect(['parsed.id', 'parsed.n as String', 'parsed.safe', 'parsed.text', 'parsed.f'].map(read)).toEqual(
      ['12345678901234567891', '-9007199254740993', '1700000000000001', 'a " 12345678901234567891', '1.2345678901234567']);
  });

  it('of a variable that no branch has set is null', () => {
    expect(valueOf('x + "!"', {}, 'if (false) { def x = 1 }')).toBe('null!');
  });

  it('is a setting of the plugin that loads the rule', () => {
    const constants = { limit: 400, share: 0.5, name: 'x', on: true };
    expect(valueOf('settings.limit + 1', {}, '', { constants })).toBe('401');
    expect(valueOf('settings.share', {}, '', { constants })).toBe('0.5');
    expect(valueOf('settings.name.length()', {}, '', { constants })).toBe('1');
    expect(valueOf('settings.on', {}, '', { constants })).toBe('true');
  });
});
