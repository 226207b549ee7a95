/** Broken rules, each with the place and what is said about it. */
import { describe, expect, it } from 'vitest';
import { compileFiles } from '../../src/compile/compile.js';
import { compiled, type Head } from './kit.js';

type Fault = ReturnType<typeof compiled>['faults'][number];

function told({ code, fields: { line, column }, message, cure }: Fault): string {
  return `${String(line)}:${String(column)} ${code.replace(/^METERLARK_/, '')} | ${message} | ${cure}`;
}

/** Places count in the file, where the rule's text begins at 5:7. */
function faults(dsl: string, head: Head = {}): string[] {
  return compiled(dsl, head).faults.map(told);
}

const syntax = 'LANGUAGE_SYNTAX';

const brokenRules: readonly (readonly [dsl: string, place: string, code: string, said: string])[] = [
  ['', '4:10', 'LAL_FILE', 'a rule needs dsl'],
  ['sink {}', '5:7', syntax, "'filter'"],
  ['filter {', '5:15', syntax, "'}'"],
  ['filter { sink {} } x', '5:26', syntax, 'the end of the text'],
  ['filter { snk {} }', '5:16', syntax, "'sink'"],
  ['filter {\n  sink {\n  }', '7:10', syntax, "'}'"],
  ['filter { json { abortOnFailure maybe } }', '5:38', syntax, "'true' or 'false'"],
  ['filter { text { regexp parsed.x } }', '5:30', syntax, 'a $/pattern/$ or a quoted text'],
  ['filter { extractor { service } }', '5:36', syntax, 'a quoted text'],
  ['filter { extractor { tag level parsed.level } }', '5:38', syntax, "':'"],
  ['filter { extractor { def = 1 } }', '5:32', syntax, 'a name'],
  ['filter { extractor { def x 1 } }', '5:34', syntax, "'='"],
  ['filter { if tag("a") == "b" { sink {} } }', '5:19', syntax, "'('"],
  ['filter { if (tag("a") = "b") { sink {} } }', '5:29', syntax, "')'"],
  ['filter { if (1 < 2 < 3) { sink {} } }', '5:26', syntax, "')'"],
  ['filter { sink { sampler { rateLimit(5) { rpm 1 } } } }', '5:43', syntax, 'a quoted text'],
  ['filter { sink { sampler { rateLimit("a") { rpm x } } } }', '5:54', syntax, 'a number'],
  ['filter { extractor { metrics { count 1 } } }', '5:38', syntax, "'name'"],
  ['filter { sink { dropr {} } }', '5:23', syntax, "'dropper'"],
  ['filter { extractor { service "a } }', '5:36', 'LANGUAGE_CHARACTER', 'quote'],
  ['filter { extractor { service @x } }', '5:36', 'LANGUAGE_CHARACTER', '"@"'],
  ['filter { text { regexp "(?<a>b" } }', '5:30', 'LAL_PATTERN', 'without its )'],
  ['filter { text { regexp $/a(?=b)/$ } }', '5:30', 'LAL_PATTERN', 'looks ahead'],
  ["filter { text { regexp '(a)\\1' } }", '5:30', 'LAL_PATTERN', 'refers back'],
  [`filter { text { regexp '${'x'.repeat(1001)}' } }`, '5:30', 'LAL_PATTERN', '1001 characters'],
  ['filter { extractor { tag x: log.body.matches("(") } }', '5:52', 'LAL_PATTERN', 'without its )'],
  ["filter { text { regexp '(?<level>.)' } extractor { tag l: parsed.levle } }", '5:72', 'LAL_UNKNOWN_NAME', 'level?'],
  ['filter { extractor { servce "a" } }', '5:28', 'LAL_UNKNOWN_NAME', 'service?'],
  ['filter { extractor { statement "a" } }', '5:28', 'LAL_UNKNOWN_NAME', 'field of Log'],
  ['filter { extractor { tag x: log.servce } }', '5:39', 'LAL_UNKNOWN_NAME', 'service?'],
  ['filter { extractor { tag x: log.traceContext.traceID } }', '5:39', 'LAL_UNKNOWN_NAME', 'traceContext.traceId?'],
  ['filter { extractor { tag x: log } }', '5:35', 'LAL_STATEMENT', 'log.<field>'],
  ['filter { extractor { tag x: parsd.a } }', '5:35', 'LAL_UNKNOWN_NAME', 'parsed?'],
  ['filter { extractor { tag x: tga("a") } }', '5:35', 'LAL_UNKNOWN_NAME', 'tag()?'],
  ['filter { extractor { tag x: tag("a").trm() } }', '5:44', 'LAL_UNKNOWN_NAME', 'trim()?'],
  ['filter { extractor { tag x: tag("a").trim(1) } }', '5:44', 'LAL_ARGUMENTS', 'takes 0 arguments, not 1'],
  ['filter { extractor { tag x: tag("a").substring() } }', '5:44', 'LAL_ARGUMENTS', 'takes 1 to 2 arguments, not 0'],
  ['filter { extractor { tag x: tag("a").split(tag("b")) } }', '5:44', 'LAL_ARGUMENTS', 'written in the rule'],
  ['filter { extractor { tag x: tag() } }', '5:35', 'LAL_ARGUMENTS', 'tag("key")'],
  ['filter { extractor { tag x: tag(parsed.a) } }', '5:35', 'LAL_ARGUMENTS', 'tag("key")'],
  ['filter { extractor { tag x: sourceAttribute("a", "b") } }', '5:35', 'LAL_ARGUMENTS', 'sourceAttribute("key")'],
  ['filter { extractor { tag x: toJson() } }', '5:35', 'LAL_ARGUMENTS', 'toJson(a)'],
  ['filter { extractor { tag x: ProcessRegistry.generate("a") } }', '5:51', 'LAL_UNKNOWN_NAME', 'ProcessRegistry.generate'],
  ['filter { extractor { tag x: ProcessRegistry.generateVirtualLocalProcess("a") } }', '5:51', 'LAL_ARGUMENTS', 'takes 2 arguments, not 1'],
  ['filter { extractor { tag x: tag("a") as Integr } }', '5:47', 'LAL_UNKNOWN_NAME', 'Integer?'],
  ['filter { extractor { tag x: tag("a") - 1 } }', '5:44', 'LAL_TYPE', 'a text'],
  ['filter { extractor { tag x: 2 * parsed.a } }', '5:37', 'LAL_TYPE', 'anything'],
  ['filter { if (tag("a") < "b") { sink {} } }', '5:29', 'LAL_TYPE', 'a text'],
  ['filter { if (tag("a") >= true) { sink {} } }', '5:29', 'LAL_TYPE', 'true or false'],
  ['filter { extractor { tag x: parsed.a[1.5] } }', '5:44', 'LAL_STATEMENT', 'no place in a list'],
  ['filter { extractor { tag x: settings.limt } }', '5:44', 'LAL_UNKNOWN_NAME', 'limit?'],
  ['filter { extractor { tag x: settings } }', '5:35', 'LAL_STATEMENT', 'settings.<name>'],
  ['filter { extractor { timestamp parsed.t, "yyyy-QQ" } }', '5:48', 'LAL_TIME_PATTERN', 'the letter Q'],
  ['filter { extractor { timestamp parsed.t, "yyyy \'T" } }', '5:48', 'LAL_TIME_PATTERN', 'not closed'],
  ['filter { extractor { metrics { value 1 } } }', '5:28', 'LAL_STATEMENT', 'metrics without name'],
  ['filter { extractor { metrics { name "a" } } }', '5:28', 'LAL_STATEMENT', 'metrics without value'],
  ['filter { extractor { metrics { name "a" value 1 labels (parsed.a): 1 } } }', '5:28', 'LAL_STATEMENT', 'computed'],
  ['filter { sink { sampler { rateLimit("a") { rpm 1.5 } } } }', '5:33', 'LAL_STATEMENT', 'a whole number'],
  ['filter { sink { sampler { possibility(101) } } }', '5:33', 'LAL_STATEMENT', 'from 0 to 100'],
  ['filter { sink { sampler { rateLimit("${log.service") { rpm 1 } } } }', '5:44', 'LAL_STATEMENT', 'not closed'],
  ['filter { sink { sampler { rateLimit("a${log.servce}") { rpm 1 } } } }', '5:51', 'LAL_UNKNOWN_NAME', 'service?'],
  ['filter { sink { sampler { rateLimit("a${log.}") { rpm 1 } } } }', '5:51', syntax, 'a name'],
  [`filter { sink { sampler { rateLimit("${'${log.service}'.repeat(21)}") { rpm 1 } } } }`, '5:43', 'LAL_STATEMENT', 'more than 20'],
  [`filter { if (${'('.repeat(80)}1${')'.repeat(80)}) { sink {} } }`, '5:79', 'LANGUAGE_TOO_DEEP', '60 levels'],
  [`filter { ${'if (true) {'.repeat(80)}${'}'.repeat(80)} }`, '5:669', 'LANGUAGE_TOO_DEEP', '60 levels'],
  [`filter { ${' '.repeat(70_000)} }`, '5:7', 'LANGUAGE_TOO_LONG', '65536'],
  [`filter { ${'abort {} '.repeat(4000)} }`, '5:7', 'LANGUAGE_TOO_LONG', '10000'],
];

describe('a broken rule', () => {
  it.each(brokenRules)('%s', (dsl, place, code, said) => {
    const [fault, ...others] = faults(dsl, { constants: { limit: 1 } });
    expect(others).toEqual([]);
    expect(fault?.slice(0, `${place} ${code} |`.length)).toBe(`${place} ${code} |`);
    expect(fault).toContain(said);
  });

  it('tells all its statements’ faults at once', () => {
    const dsl = 'filter {\n  extractor {\n    servce "a"\n    tag x: log.bdy\n    if (tga("a")) { tag y: settings.a }\n  }\n  sink { sampler { possibility(200) } }\n}';
    expect(faults(dsl).map((fault) => fault.split(' |')[0])).toEqual([
      '7:11 LAL_UNKNOWN_NAME', '8:22 LAL_UNKNOWN_NAME', '9:15 LAL_UNKNOWN_NAME', '9:43 LAL_UNKNOWN_NAME', '11:26 LAL_STATEMENT',
    ]);
  });

  it('has no fields of another output', () => {
    expect(faults('filter { extractor { endpoint "a" } }', { outputType: 'SlowSQL' })[0]).toContain('unknown field of SlowSQL endpoint');
  });
});

const file = (rules: string): string => `rules:\n${rules}`;
const good = 'dsl: "filter { sink {} }"';

const brokenFiles: readonly (readonly [text: string, place: string, code: string, said: string])[] = [
  ['[]', '1:1', 'LAL_FILE', 'must be a map'],
  ['', '1:1', 'LAL_FILE', 'must be a map'],
  ['rules: 5', '1:8', 'LAL_FILE', 'rules must be a list'],
  ['layerDefinitions: []', '1:1', 'LAL_FILE', 'rules must be a list'],
  ['rules: [5]', '1:9', 'LAL_FILE', 'a rule must be a map'],
  [file(`  - { layer: GENERAL, ${good} }`), '2:5', 'LAL_FILE', 'a rule needs name'],
  [file(`  - { name: a, ${good} }`), '2:5', 'LAL_FILE', 'a rule needs layer'],
  [file('  - { name: a, layer: GENERAL }'), '2:5', 'LAL_FILE', 'a rule needs dsl'],
  [file('  - { name: a, layer: GENERAL, dsl: [] }'), '2:37', 'LAL_FILE', 'dsl must be a text'],
  [file(`  - { name: a, layer: GENERAL, outputTyp: Log, ${good} }`), '2:32', 'LAL_UNKNOWN_KEY', 'outputType (nearest)'],
  [file(`  - { name: a, layer: GENERAL, outputType: SlowSql, ${good} }`), '2:44', 'LAL_UNKNOWN_NAME', 'SlowSQL?'],
  [file(`  - { name: a, layer: GENRAL, ${good} }`), '2:23', 'LAL_UNKNOWN_NAME', 'GENERAL?'],
  [file(`  - { name: a, layer: NEW, ${good} }\nlayerDefinitions:\n  - { name: new, ordinal: 1 }`), '4:5', 'LAL_FILE', 'a layer needs name'],
  [file(`  - { name: a, layer: GENERAL, ${good} }\n  - { name: a, layer: GENERAL, ${good} }`), '3:13', 'LAL_CONFLICT', 'that of f.yaml:2'],
  [file('  - { name: a'), '2:14', 'LANGUAGE_YAML', ''],
];

describe('a broken file', () => {
  it.each(brokenFiles)('%j', (text, place, code, said) => {
    const found = compileFiles([{ file: 'f.yaml', text, constants: {} }]).faults.map(told);
    const fault = found.find((candidate) => candidate.startsWith(`${place} ${code} |`));
    expect(fault, found.join('\n')).toContain(said);
  });
});
