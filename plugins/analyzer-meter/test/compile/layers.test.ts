import { describe, expect, it } from 'vitest';
import { compileRuleFiles, type CompileOptions } from '../../src/compile/compile.js';

const usable = "metricsRules:\n  - { name: x, exp: \"a.sum(['s']).service(['s'], Layer.SHOP)\" }\n";

function file(path: string, definitions: readonly string[], rest = 'metricsRules: []\n') {
  return { path, text: `layerDefinitions:\n${definitions.map((one) => `  - { ${one} }\n`).join('')}${rest}` };
}

function messages(files: readonly { path: string; text: string }[], options: CompileOptions = {}): readonly string[] {
  const { faults } = compileRuleFiles(files, options);
  expect(new Set(faults.map(({ code }) => code)).size).toBeLessThanOrEqual(1);
  return faults.map(({ code, message }) => `${code.replace('METERLARK_MAL_', '')} ${message}`);
}

describe('layers that rule files define', () => {
  it('serve all files of the load, whichever comes first', () => {
    const { faults, plans, layers } = compileRuleFiles([
      { path: 'rules.yaml', text: usable },
      file('layers.yaml', ['name: SHOP, ordinal: 100001', 'name: VIRTUAL_SHOP, ordinal: 100002, normal: false']),
    ]);
    expect(faults).toEqual([]);
    expect(plans[0]?.definition.layer).toBe('SHOP');
    expect(layers).toEqual([
      { name: 'SHOP', ordinal: 100001, normal: true },
      { name: 'VIRTUAL_SHOP', ordinal: 100002, normal: false },
    ]);
  });

  it('may be defined alike by every file that needs them, and count once', () => {
    const files = ['one.yaml', 'two.yaml'].map((path) => file(path, ['name: SHOP, ordinal: 100001']));
    const { faults, layers } = compileRuleFiles(files);
    expect([faults, layers]).toEqual([[], [{ name: 'SHOP', ordinal: 100001, normal: true }]]);
  });

  it('may repeat a built-in layer as it is', () => {
    const { faults, layers } = compileRuleFiles([file('one.yaml', ['name: GENERAL, ordinal: 2'])]);
    expect([faults, layers]).toEqual([[], []]);
  });

  it.each([
    ['the ordinal of another', 'name: STORE, ordinal: 100001', 'STORE (ordinal 100001, normal)'],
    ['another ordinal for the name', 'name: SHOP, ordinal: 100002', 'SHOP (ordinal 100002, normal)'],
    ['another sort for the name', 'name: SHOP, ordinal: 100001, normal: false', 'SHOP (ordinal 100001, not normal)'],
  ])('may not have %s, in two files or in one', (_, second, shown) => {
    const first = 'name: SHOP, ordinal: 100001';
    expect(messages([file('one.yaml', [first]), file('two.yaml', [second])])).toEqual([
      `LAYER_CONFLICT two.yaml:2:5: the layer ${shown} clashes with SHOP (ordinal 100001, normal), one.yaml:2`,
    ]);
    expect(messages([file('one.yaml', [first, second])])).toEqual([
      `LAYER_CONFLICT one.yaml:3:5: the layer ${shown} clashes with SHOP (ordinal 100001, normal), one.yaml:2`,
    ]);
  });

  it('may not stand twice in one file', () => {
    const twice = Array.from({ length: 2 }, () => 'name: SHOP, ordinal: 100001');
    expect(messages([file('one.yaml', twice)])).toHaveLength(1);
  });

  it.each([
    ['name: GENERAL, ordinal: 100001', 'GENERAL (ordinal 2, normal), a built-in layer'],
    ['name: GENERAL, ordinal: 2, normal: false', 'GENERAL (ordinal 2, normal), a built-in layer'],
    ['name: SHOP, ordinal: 46', 'ENVOY_AI_GATEWAY (ordinal 46, normal), a built-in layer'],
    ['name: SHOP, ordinal: 5', 'FAAS (ordinal 5, normal), a built-in layer'],
  ])('may not change a built-in one: %s', (definition, other) => {
    expect(messages([file('one.yaml', [definition])])[0]).toContain(`clashes with ${other}`);
  });

  it('may not change one that was known before', () => {
    const options = { layers: [{ name: 'SHOP', ordinal: 100001, normal: true }] };
    expect(messages([file('one.yaml', ['name: SHOP, ordinal: 7000'])], options)[0]).toContain('a layer known before');
  });

  it('bring one fault each, and none for the rules that use them', () => {
    const faults = messages([file('one.yaml', ['name: SHOP, ordinal: 1'], usable)]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^LAYER_CONFLICT/);
  });

  it.each(['name: SHOP, ordinal: -1', 'name: SHOP, ordinal: 2147483648', 'name: SHOP, ordinal: 1.5', 'name: SHOP', 'name: SHOP, ordinal: "7"'])(
    'need an ordinal that fits: %s',
    (definition) => {
      expect(messages([file('one.yaml', [definition])])[0]).toMatch(/^FILE one\.yaml:2:5: a layer needs/);
    },
  );
});
