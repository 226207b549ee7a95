import { describe, expect, test } from 'vitest';
import { LabelPaths } from '../../src/runtime/label-paths.js';

describe('what is kept for sets of labels', () => {
  test('is found by name and value, and handed back when another takes its place', () => {
    const paths = new LabelPaths<string>();
    expect(paths.add({ a: '1', b: '2' }, 'first')).toBeUndefined();
    expect(paths.add({ a: '1' }, 'shorter')).toBeUndefined();
    expect(paths.add({ a: '1', b: '2' }, 'second')).toBe('first');
    expect([paths.find({ a: '1', b: '2' }), paths.find({ a: '1' }), paths.find({}), paths.find({ b: '2' })]).toEqual(['second', 'shorter', undefined, undefined]);
  });

  test('goes with the ways that lead nowhere then', () => {
    const paths = new LabelPaths<string>();
    paths.add({ a: '1', b: '2' }, 'goes');
    paths.add({ a: '1' }, 'stays');
    expect(paths.sweep((kept) => kept === 'goes')).toBe(false);
    expect([paths.find({ a: '1', b: '2' }), paths.find({ a: '1' })]).toEqual([undefined, 'stays']);
    expect(paths.sweep(() => true)).toBe(true);
  });
});
