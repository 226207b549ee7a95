import { describe, expect, test } from 'vitest';
import { attributeOf, AttributesBuilder, noSpanAttributes, ShapeTable, type SpanAttributes } from '../../src/model/attribute-shape.js';

function made(table: ShapeTable, ...keys: readonly string[]): SpanAttributes {
  return table.attributes(keys.map((key, place) => [key, place] as const));
}

describe('shapes', () => {
  test('of equal key lists are one object, of other orders another', () => {
    const table = new ShapeTable(100, 10);
    expect(made(table, 'a', 'b').shape).toBe(made(table, 'a', 'b').shape);
    expect(made(table, 'b', 'a').shape).not.toBe(made(table, 'a', 'b').shape);
    expect(table.size).toBe(4);
  });

  test('tell the place of a key, and -1 for one they have not', () => {
    const { shape } = made(new ShapeTable(100, 10), 'a', 'b');
    expect([shape.indexOf('b'), shape.indexOf('c'), shape.indexOf('toString')]).toEqual([1, -1, -1]);
  });

  test('beyond the limit are right but not kept, and counted', () => {
    const table = new ShapeTable(1, 10);
    expect(made(table, 'a').shape).toBe(made(table, 'a').shape);
    for (let round = 0; round < 2; round += 1) {
      const read = made(table, 'a', 'b', 'c', 'b');
      expect(read).toMatchObject({ shape: { keys: ['a', 'b', 'c'], kept: false }, values: [0, 3, 2] });
      expect(read.shape.indexOf('c')).toBe(2);
    }
    expect([table.size, table.refused]).toEqual([1, 2]);
  });

  test('with a key of more than 256 characters are not kept', () => {
    const table = new ShapeTable(100, 10);
    expect([made(table, 'k'.repeat(256)).shape.kept, made(table, 'k'.repeat(257)).shape.kept]).toEqual([true, false]);
    expect([table.size, table.refused]).toEqual([1, 1]);
  });

  test('longer than set are not kept', () => {
    const table = new ShapeTable(100, 2);
    expect(made(table, 'a', 'b', 'c').shape.kept).toBe(false);
    expect(table.size).toBe(2);
  });
});

describe('attributes', () => {
  test('keep the last value of a repeated key at the place of the first', () => {
    const table = new ShapeTable(100, 10);
    expect(table.attributes([['a', 1], ['b', 2], ['a', 3]])).toMatchObject({ shape: { keys: ['a', 'b'] }, values: [3, 2] });
  });

  test('are found by key', () => {
    const attributes = made(new ShapeTable(100, 10), 'a', 'b');
    expect([attributeOf(attributes, 'b'), attributeOf(attributes, 'c'), attributeOf(noSpanAttributes, 'a')]).toEqual([1, undefined, undefined]);
  });

  test('of one builder start anew after each finish, also after ones that no shape was kept for', () => {
    const builder = new AttributesBuilder(new ShapeTable(1, 10));
    for (const keys of [['a'], ['x', 'y'], [], ['a'], ['a', 'y']]) {
      for (const key of keys) builder.add(key, key);
      const { shape, values } = builder.finish();
      expect([shape.keys, values]).toEqual([keys, keys]);
    }
  });

  test('of hundreds of thousands of keys cost no more each than few', () => {
    const keys = Array.from({ length: 300_000 }, (_, index) => `key-${index}`);
    const { shape } = new ShapeTable(100, 10).attributes(keys.map((key) => [key, key] as const));
    expect(shape.indexOf('key-299999')).toBe(299_999);
  });
});
