import { describe, expect, test } from 'vitest';
import { builtInEntry, readInventory } from '../../src/kernel/inventory.js';
import { codes } from './fixtures.js';

const read = (text: string) => readInventory('/etc/meterlark/inventory.yml', text);

describe('lines of the inventory', () => {
  test.each([
    ["receiver/otlp: '@meterlark/receiver-otlp'", 'package', '@meterlark/receiver-otlp'],
    ['receiver/carbon: /ext/carbon.mjs', 'file', '/ext/carbon.mjs'],
    ['receiver/carbon: ./carbon.mjs', 'file', '/etc/meterlark/carbon.mjs'],
    ['receiver/carbon: ../carbon.mjs', 'file', '/etc/carbon.mjs'],
    ['receiver/carbon: file:///ext/carbon.mjs', 'file', '/ext/carbon.mjs'],
  ])('%s', (line, kind, target) => {
    expect(read(line)).toMatchObject({ entries: [{ kind, target, where: '/etc/meterlark/inventory.yml:1:1' }], faults: [] });
  });

  test.each([['empty', ''], ['only a comment', '# nothing'], ['null', 'null'], ['an empty map', '{}']])('%s lists nothing', (_name, text) => {
    expect(read(text)).toEqual({ entries: [], faults: [] });
  });

  test('what is built in comes first', () => {
    const { entries } = readInventory('i.yml', 'tool/saw: saw', [builtInEntry('store/main')]);
    expect(entries.map(({ identity }) => identity)).toEqual(['store/main', 'tool/saw']);
  });
});

describe('faults', () => {
  test.each([
    ['a duplicate identity', 'a/b: x\na/b: y', 'INVENTORY_DUPLICATE_IDENTITY'],
    ['a duplicate in quotes', 'a/b: x\n"a/b": y', 'INVENTORY_DUPLICATE_IDENTITY'],
    ['no slash', 'carbon: x', 'INVENTORY_BAD_IDENTITY'],
    ['capitals', 'Receiver/Carbon: x', 'INVENTORY_BAD_IDENTITY'],
    ['three words', 'a/b/c: x', 'INVENTORY_BAD_IDENTITY'],
    ['no target', 'a/b:', 'INVENTORY_YAML'],
    ['a number', 'a/b: 3', 'INVENTORY_YAML'],
    ['a list', '- a/b', 'INVENTORY_YAML'],
    ['broken YAML', 'a/b: "x', 'INVENTORY_YAML'],
    ['an alias to nothing', 'a/b: *x', 'INVENTORY_YAML'],
  ])('%s', (_name, text, code) => {
    const { faults } = read(text);
    expect(new Set(codes(faults))).toEqual(new Set([code]));
    expect(faults[0]?.message).toContain('/etc/meterlark/inventory.yml');
  });

  test('a duplicate names the identity and the place of the second line', () => {
    expect(read('a/b: x\na/b: y').faults[0]?.message).toContain(':2:1: a/b is listed twice');
  });

  test('an identity of core is taken', () => {
    const { faults } = readInventory('i.yml', 'store/main: x', [builtInEntry('store/main')]);
    expect(faults[0]?.message).toContain('store/main is listed twice: it is built in');
  });

  test('all faults come at once and the good lines stay', () => {
    const { entries, faults } = read('A: x\na/b: y\nc: 3\n');
    expect([entries.length, codes(faults)]).toEqual([1, ['INVENTORY_BAD_IDENTITY', 'INVENTORY_BAD_IDENTITY']]);
  });

  test.each([
    ['two million characters', `# ${'x'.repeat(2_000_000)}`, 'longer than'],
    ['brackets without end', '['.repeat(100_000), 'brackets'],
    ['aliases that multiply', `a/a: &a [${'1,'.repeat(9)}1]\na/b: &b [${'*a,'.repeat(9)}*a]\na/c: [${'*b,'.repeat(99)}*b]`, 'alias'],
  ])('%s are refused, not read', (_name, text, reason) => {
    expect(read(text).faults[0]?.message).toContain(reason);
  });
});
