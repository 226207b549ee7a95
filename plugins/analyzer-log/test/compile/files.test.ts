import { describe, expect, it } from 'vitest';
import { compileFiles, compileLogRules, compileTrial, createLogRuleChecker } from '../../src/compile/compile.js';
import { fileOf, freeTools, logOf, ruleOf, type Head } from './kit.js';

const envoy = 'filter { if (parsed?.response?.code as Integer < 400) { abort {} } sink {} }';

describe('a file', () => {
  it('says the name, layer, output and origin of each rule', () => {
    const [rule] = compileLogRules([{ path: 'a.yaml', text: fileOf('filter { sink {} }', { layer: 'MYSQL', outputType: 'SlowSQL' }) }]).rules;
    expect(rule).toMatchObject({ name: 'r', file: 'a.yaml', layer: 'MYSQL', outputType: 'SlowSQL', runs: true, notes: [] });
  });

  it('writes auto in any case', () => {
    expect(ruleOf('filter { sink {} }', { layer: 'AUTO' }).layer).toBe('auto');
  });

  it('may define layers for its rules, and for those of other files', () => {
    const layers = 'layerDefinitions:\n  - { name: FLEET, ordinal: 1300, normal: true }\n';
    const text = fileOf('filter { sink {} }', { layer: 'FLEET' });
    const { rules, faults, layers: defined } = compileLogRules([
      { path: 'a.yaml', text: layers + text }, { path: 'b.yaml', text: layers + text.replace('name: r', 'name: s') },
    ]);
    expect(faults).toEqual([]);
    expect(rules.map(({ layer }) => layer)).toEqual(['FLEET', 'FLEET']);
    expect(defined).toEqual(['FLEET']);
  });

  it('may have a rule of a name that another layer has', () => {
    const files = ['MYSQL', 'REDIS'].map((layer) => ({ path: layer, text: fileOf('filter { sink {} }', { layer }) }));
    expect(compileLogRules(files).faults).toEqual([]);
  });

  it('keeps the good rules beside broken ones', () => {
    const files = [{ path: 'a.yaml', text: fileOf('filter { sink {} }') }, { path: 'b.yaml', text: fileOf('filter {', { layer: 'MYSQL' }) }];
    const { rules, faults } = compileLogRules(files);
    expect(rules.map(({ file }) => file)).toEqual(['a.yaml']);
    expect(faults.map(({ fields }) => fields['file'])).toEqual(['b.yaml']);
  });

  it('has constants of its own', () => {
    const text = (name: string): string => fileOf('filter { extractor { tag x: settings.a } }').replace('name: r', `name: ${name}`);
    const { rules, faults } = compileFiles(['p', 'q'].map((name) => ({ file: name, text: text(name), constants: { a: name } })));
    expect(faults).toEqual([]);
    expect(rules.map((rule) => rule.run(logOf(), freeTools).tags[0]?.[1])).toEqual(['p', 'q']);
  });

  it('places faults in quoted and folded texts, too', () => {
    const text = 'rules:\n  - name: r\n    layer: GENERAL\n    dsl: "filter {\n      snk {} }"\n';
    const [fault] = compileLogRules([{ path: 'a', text }]).faults;
    expect(fault?.fields).toMatchObject({ line: 5, column: 7 });
  });
});

const neverRun: readonly (readonly [what: string, dsl: string, head: Head, runs: boolean])[] = [
  ['a rule of MESH that reads a message without a parser', envoy, { layer: 'MESH' }, false],
  ['a rule of MESH with a parser', 'filter { json {} extractor { tag a: parsed.b } sink {} }', { layer: 'MESH' }, true],
  ['a rule of MESH that reads no message', 'filter { sink {} }', { layer: 'MESH' }, true],
  ['the same of another layer', envoy, { layer: 'GENERAL' }, true],
  ['a rule for a message of Envoy', 'filter { sink {} }', { layer: 'GENERAL', inputType: 'io.envoyproxy.envoy.data.accesslog.v3.TCPAccessLogEntry' }, false],
  ['a rule for log data', 'filter { sink {} }', { inputType: 'org.apache.skywalking.apm.network.logging.v3.LogData' }, true],
  ['a rule for a message, with a parser', 'filter { json {} sink {} }', { inputType: 'a.b.C' }, true],
];

describe('a rule for messages that no receiver brings', () => {
  it.each(neverRun)('%s', (_what, dsl, head, runs) => {
    const rule = ruleOf(dsl, head);
    expect(rule.runs).toBe(runs);
    expect(rule.notes.some((note) => note.includes('never run'))).toBe(!runs);
  });

  it('of another layer reads what is known of the log, and says so', () => {
    expect(ruleOf(envoy).notes).toEqual(['line 5: parsed.response is always null: no parser (json, yaml, text) reads the body']);
  });
});

describe('notes', () => {
  it('tell what has no effect here', () => {
    const { notes } = ruleOf('filter { extractor { def x = parsed.service as io.a.B tag p: ProcessRegistry.generateVirtualLocalProcess("a", "b") } sink {} }');
    expect(notes).toEqual(['"as io.a.B" changes nothing: there are no Java classes here', 'there is no registry of processes: ProcessRegistry gives a text of its arguments']);
  });
});

describe('the checker', () => {
  const checker = createLogRuleChecker();

  it('knows LAL files by rules with a dsl', () => {
    const files = [
      { file: 'a.yaml', text: fileOf('filter { sink {} }') },
      { file: 'mal.yaml', text: 'metricPrefix: a\nmetricsRules:\n  - { name: a, exp: b }\n' },
      { file: 'other.yaml', text: 'rules:\n  - { match: x }\n' },
      { file: 'broken.yaml', text: 'rules:\n  - name: [\n    dsl: x\n' },
      { file: 'empty.yaml', text: '' },
    ];
    expect(checker.check(files).map(({ file }) => file)).toEqual(['a.yaml', 'broken.yaml']);
  });

  it('lists rules with notes, and faults by file', () => {
    const files = [{ file: 'a.yaml', text: fileOf(envoy, { layer: 'MESH' }) }, { file: 'b.yaml', text: fileOf('filter { snk }') }];
    const [first, second] = checker.check(files);
    expect(first?.logRules).toMatchObject([{ name: 'r', layer: 'MESH', outputType: 'Log', runs: false }]);
    expect(first?.faults).toEqual([]);
    expect(second?.logRules).toEqual([]);
    expect(second?.faults).toHaveLength(1);
  });

  it('takes every setting, for it does not know the plugin that gives them', () => {
    const dsl = 'filter { if (tag("a") as Integer < settings.anything - 1 && settings.text == "x" && settings.on) { sink {} } }';
    expect(checker.check([{ file: 'a.yaml', text: fileOf(dsl) }])[0]?.faults).toEqual([]);
  });
});

describe('a trial', () => {
  it('compiles one text', () => {
    const { rules, faults } = compileTrial('filter { json {} extractor { tag a: parsed.b } sink {} }');
    expect(faults).toEqual([]);
    expect(rules[0]?.run(logOf({ body: '{"b":1}' }), freeTools)).toMatchObject({ kept: true, tags: [['a', '1']] });
  });

  it('places faults in the text', () => {
    const [fault] = compileTrial('filter {\n  snk {}\n}').faults;
    expect(fault?.fields).toMatchObject({ file: 'dsl', line: 2, column: 3 });
  });
});
