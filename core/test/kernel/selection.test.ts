import { describe, expect, test } from 'vitest';
import { builtInEntry } from '../../src/kernel/inventory.js';
import { selectProviders } from '../../src/kernel/selection.js';
import { codes, inputOf, StoreModule, ToolModule } from './fixtures.js';

const entries = ['store/main', 'store/spare', 'tool/hammer', 'tool/saw'].map(builtInEntry);

function select(...input: Parameters<typeof inputOf>) {
  const { selected, faults } = selectProviders(entries, [StoreModule, ToolModule], inputOf(...input));
  return { selected: selected.map(({ identity }) => identity), faults };
}
const all = ['store/main', 'tool/hammer', 'tool/saw'];

describe('what runs', () => {
  test.each([
    ['the file', 'store: main', {}, {}, all],
    ['the environment before the file', 'store: main', { METERLARK_STORE: 'spare' }, {}, ['store/spare', 'tool/hammer', 'tool/saw']],
    ['a flag before both', 'store: main', { METERLARK_STORE: 'x' }, { store: 'spare' }, ['store/spare', 'tool/hammer', 'tool/saw']],
    ['off in the file', 'store: main\ntool/saw: off', {}, {}, ['store/main', 'tool/hammer']],
    ['false in the file', 'store: main\ntool/saw: false', {}, {}, ['store/main', 'tool/hammer']],
    ['off in the environment', 'store: main', { METERLARK_TOOL_SAW: 'off' }, {}, ['store/main', 'tool/hammer']],
    ['on in the environment over off in the file', 'store: main\ntool/saw: off', { METERLARK_TOOL_SAW: 'on' }, {}, all],
    ['a section of settings is no switch', 'store: main\ntool/saw: { size: 1 }\nstore/spare: { size: 1 }', {}, {}, all],
    ['on beside its own selection', 'store: main\nstore/main: on', {}, {}, all],
  ])('%s', (_name, yaml, environment, flags, selected) => {
    expect(select(yaml, environment, flags)).toEqual({ selected, faults: [] });
  });

  test('a one-provider module with a single provider needs no selector', () => {
    const { selected, faults } = selectProviders([builtInEntry('store/main')], [StoreModule], inputOf());
    expect([selected.length, faults]).toEqual([1, []]);
  });

  test('a module that core does not know has many providers', () => {
    expect(selectProviders([builtInEntry('odd/a'), builtInEntry('odd/b')], [], inputOf()).selected).toHaveLength(2);
  });
});

describe('faults of selectors', () => {
  test.each([
    ['no selector', '', 'SETTINGS_NO_SELECTOR', 'store: main'],
    ['an unknown provider', 'store: mian', 'SETTINGS_UNKNOWN_PROVIDER', 'Did you mean main?'],
    ['two providers in a list', 'store: [main, spare]', 'SETTINGS_TWO_PROVIDERS', 'METERLARK_STORE'],
    ['a second provider switched on', 'store: main\nstore/spare: on', 'SETTINGS_TWO_PROVIDERS', 'store: main'],
    ['the selected provider switched off', 'store: main\nstore/main: off', 'SETTINGS_BAD_SELECTOR', 'METERLARK_STORE'],
    ['a map for a selector', 'store: { main: 1 }', 'SETTINGS_BAD_SELECTOR', 'METERLARK_STORE'],
    ['nothing for a selector', 'store:', 'SETTINGS_BAD_SELECTOR', 'store: main'],
    ['a number for a switch', 'store: main\ntool/saw: 3', 'SETTINGS_BAD_SELECTOR', 'METERLARK_TOOL_SAW=off'],
    ['a list for a section', 'store: main\ntool/saw: [1]', 'SETTINGS_BAD_SELECTOR', 'tool/saw: off'],
  ])('%s', (_name, yaml, code, cure) => {
    const { faults } = select(yaml);
    expect(codes(faults)).toEqual([code]);
    expect(faults[0]?.message).toContain('server.yml');
    expect(faults[0]?.cure).toContain(cure);
  });

  test('two providers in a variable', () => {
    const { faults } = select('', { METERLARK_STORE: 'main,spare' });
    expect(codes(faults)).toEqual(['SETTINGS_TWO_PROVIDERS']);
    expect(faults[0]?.message).toContain('environment variable METERLARK_STORE');
  });

  test('a second provider switched on by a variable', () => {
    const { faults } = select('store: main', { METERLARK_STORE_SPARE: 'on' });
    expect(codes(faults)).toEqual(['SETTINGS_TWO_PROVIDERS']);
    expect(faults[0]?.message).toContain('METERLARK_STORE_SPARE');
  });

  test('a selector fault knows its line and column', () => {
    expect(select('\n\nstore: mian').faults[0]?.fields).toMatchObject({ file: 'server.yml', line: 3, column: 1 });
  });
});
