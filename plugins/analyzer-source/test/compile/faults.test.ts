/** Broken rules, each with the place and what is said about it. */
import { describe, expect, it } from 'vitest';
import { compileSourceFiles } from '../../src/compile/compile.js';

function faults(text: string): string[] {
  return compileSourceFiles([{ path: 'f.oal', text }]).faults.map(({ code, fields: { line, column }, cure }) =>
    `${String(line)}:${String(column)} ${code.replace(/^METERLARK_/, '')} | ${cure}`);
}

const syntax = 'LANGUAGE_SYNTAX';

const brokenRules: readonly (readonly [rule: string, place: string, code: string, cure: string])[] = [
  ['a from(Service.*).cpm();', '1:3', syntax, "'='"],
  ['a = Service.*.cpm();', '1:5', syntax, "'from'"],
  ['a = from(Service.*);', '1:20', syntax, "'.'"],
  ['a = from(Service.*).cpm;', '1:24', syntax, "'('"],
  ['a = from(Service.*).cpm(\n;', '2:1', syntax, ''],
  ['a = from(Service.*).filter(name).cpm();', '1:32', syntax, "'like'"],
  ['a = from(Service.*).filter(name = "x").cpm();', '1:33', syntax, ''],
  ['a = from(Service.*).filter(name in "x").cpm();', '1:36', syntax, "'['"],
  ['a = from(Service.*).filter(name in []).cpm();', '1:37', syntax, 'a quoted text'],
  ['a = from(Service.*).cpm()\nb = from(Service.*).cpm();', '2:1', syntax, ''],
  ['disable("a");', '1:9', syntax, 'a name'],
  ['a = from(Service.*).cpm() & 1;', '1:27', 'LANGUAGE_CHARACTER', 'quote'],
  ['a = from(Servise.*).cpm();', '1:10', 'OAL_UNKNOWN_SOURCE', 'Service?'],
  ['a = from(Service.latancy).longAvg();', '1:18', 'OAL_UNKNOWN_COLUMN', 'latency?'],
  ['a = from(Service.*).filter(statu == true).cpm();', '1:28', 'OAL_UNKNOWN_COLUMN', 'status?'],
  ['a = from(Service.name["x"]).count();', '1:18', 'OAL_UNKNOWN_COLUMN', ''],
  ['a = from(Service.*).cmp();', '1:21', 'OAL_UNKNOWN_FUNCTION', 'cpm()?'],
  ['a = from(Service.*).longAvg();', '1:21', 'OAL_VALUE', 'from(Service.<column>)'],
  ['a = from(Service.name).sum();', '1:18', 'OAL_VALUE', '(str->long)'],
  ['a = from(Service.tags).sum();', '1:18', 'OAL_VALUE', ''],
  ['a = from(Service.*).cpm(1);', '1:25', 'OAL_ARGUMENTS', 'cpm()'],
  ['a = from(Service.*).percent();', '1:21', 'OAL_ARGUMENTS', 'percent(column == value)'],
  ['a = from(Service.*).percent(status);', '1:29', 'OAL_ARGUMENTS', 'percent(column == value)'],
  ['a = from(Service.latency).percentile2(0);', '1:39', 'OAL_ARGUMENTS', 'percentile2(width)'],
  ['a = from(Service.latency).percentile2("10");', '1:39', 'OAL_ARGUMENTS', 'percentile2(width)'],
  ['a = from(Service.latency).histogram(100, 501);', '1:42', 'OAL_ARGUMENTS', 'histogram(width, buckets)'],
  ['a = from(Service.latency).apdex(name, latency);', '1:39', 'OAL_ARGUMENTS', 'apdex(name, status)'],
  ['a = from(Service.*).labelCount(tag);', '1:32', 'OAL_ARGUMENTS', 'labelCount(label)'],
  ['a = from(Service.*).labelAvg(name, endpointName);', '1:36', 'OAL_ARGUMENTS', 'labelAvg(label, value)'],
  ['a = from(Service.*).labelSum(name, name, latency);', '1:30', 'OAL_ARGUMENTS', 'labelSum(label'],
  ['a = from(Service.*).labelSum(latency);', '1:21', 'OAL_ARGUMENTS', 'labelSum(label'],
  ['a = from(Service.*).filter(status == "true").cpm();', '1:38', 'OAL_TYPE', 'true or false'],
  ['a = from(Service.*).filter(latency > "5").cpm();', '1:38', 'OAL_TYPE', 'a number'],
  ['a = from(Service.*).filter(name > 5).cpm();', '1:35', 'OAL_TYPE', 'a number'],
  ['a = from(Service.*).filter(type == "MQ").cpm();', '1:36', 'OAL_TYPE', 'RequestType.<member>'],
  ['a = from(Service.*).filter(name like "x").cpm();', '1:38', 'OAL_TYPE', '%'],
  ['a = from(Service.*).filter(name contain "a:b").cpm();', '1:41', 'OAL_TYPE', 'tags'],
  ['a = from(Service.*).filter(tags contain "ab").cpm();', '1:41', 'OAL_TYPE', 'key:value'],
  ['a = from(Service.*).filter(latency == null).cpm();', '1:39', 'OAL_TYPE', 'a number'],
  ['a = from(Service.*).filter(latency in [1, "2"]).cpm();', '1:43', 'OAL_TYPE', 'a number'],
  ['a = from(Service.*).filter(type == DetectPoint.SERVER).cpm();', '1:36', 'OAL_TYPE', 'RequestType.<member>'],
  ['a = from(Service.*).filter(type == RequestType.MG).cpm();', '1:36', 'OAL_UNKNOWN_MEMBER', 'RequestType.MQ'],
];

describe('a broken rule', () => {
  it.each(brokenRules)('%s', (rule, place, code, cure) => {
    const [fault, ...others] = faults(rule);
    expect(others).toEqual([]);
    expect(fault).toMatch(new RegExp(`^${place} ${code} \\|`));
    expect(fault).toContain(cure);
  });

  it('does not hide others: all faults of a rule, a file and all files are told at once', () => {
    const one = 'a = from(Service.latenci).filter(x == 1).filter(y == 2).longAvg();\n\n  b = from(Nope.*).cpm();';
    const two = 'c = from(Service.*).cpm(;\nd = from(Service.*).cpm();';
    const { faults: found, plans } = compileSourceFiles([{ path: 'one.oal', text: one }, { path: 'two.oal', text: two }]);
    expect(found.map(({ fields: { file, line, column } }) => [file, line, column])).toEqual([
      ['one.oal', 1, 34], ['one.oal', 1, 49], ['one.oal', 1, 18], ['one.oal', 3, 12], ['two.oal', 1, 25],
    ]);
    expect(plans.map(({ definition }) => definition.name)).toEqual(['d']);
  });
});

describe('rules of one name', () => {
  const two = (first: string, second: string): ReturnType<typeof compileSourceFiles> =>
    compileSourceFiles([{ path: 'one.oal', text: first }, { path: 'two.oal', text: `\n ${second}` }]);

  it.each([
    ['kind', 'a = from(Service.*).cpm();', 'a = from(Service.latency).longAvg();'],
    ['scope', 'a = from(Service.*).cpm();', 'a = from(Endpoint.*).cpm();'],
    ['labels', 'a = from(Service.*).labelCount(name);', 'a = from(Service.*).labelCalls(name);'],
    ['form', 'a = from(Service.*).cpm();', 'a = from(Service.*).count();'],
    ['scale', 'a = from(Service.*).percent(status == true);', 'a = from(Service.latency).longAvg();'],
  ])('and another %s are a fault that names both places', (_, first, second) => {
    const { faults: [fault, ...others], plans } = two(first, second);
    expect(others).toEqual([]);
    expect([fault?.code, fault?.fields.line, fault?.fields.column]).toEqual(['METERLARK_OAL_CONFLICT', 2, 2]);
    expect(fault?.message).toContain('two.oal:2:2');
    expect(fault?.message).toContain('one.oal:1');
    expect(plans).toHaveLength(1);
  });

  it('that are read alike add to one metric, and say so', () => {
    const { faults: found, plans } = two('a = from(Service.*).cpm();', 'a = from(TCPService.*).cpm();');
    expect(found).toEqual([]);
    expect(plans.map(({ active, notes }) => [active, notes])).toEqual([[true, []], [true, ['adds to the metric of one.oal:1']]]);
  });

  it('that say the same count once', () => {
    const { faults: found, plans } = two('a = from(Service.*).cpm();', 'a = from(Service.*) . cpm();');
    expect(found).toEqual([]);
    expect(plans.map(({ active, notes }) => [active, notes])).toEqual([[true, []], [false, ['says the same as one.oal:1, which counts']]]);
  });

  it('are disabled in all files, whichever says it', () => {
    const { plans } = two('disable(a);\nb = from(Service.*).cpm();', 'a = from(Service.*).cpm();');
    expect(plans.map(({ definition, active, notes }) => [definition.name, active, notes])).toEqual([
      ['b', true, []], ['a', false, ['disabled by one.oal:1']],
    ]);
  });
});
