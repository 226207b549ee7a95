import { definitionOf } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { BanyanDefinitions, definitionProperty } from '../../src/metadata/definitions.js';
import { FakeRows } from './fake-rows.js';

const property = definitionProperty('documents');

describe('definitions of metrics', () => {
  test('only what is new or changed is written', async () => {
    const rows = new FakeRows();
    const definitions = Array.from({ length: 40 }, (_, index) => definitionOf(`m${index}`, 'sum'));
    await new BanyanDefinitions(rows, property).define(definitions);
    expect(rows.sent).toBe(40);
    await new BanyanDefinitions(rows, property).define([...definitions.slice(1), definitionOf('m0', 'max')]);
    expect(rows.sent).toBe(41);
    expect(await new BanyanDefinitions(rows, property).all()).toEqual([definitionOf('m0', 'max'), ...definitions.slice(1)]);
  });

  test('of two of one name in one call the later counts', async () => {
    const rows = new FakeRows();
    await new BanyanDefinitions(rows, property).define([definitionOf('m', 'sum'), definitionOf('m', 'max')]);
    expect(await new BanyanDefinitions(rows, property).all()).toEqual([definitionOf('m', 'max')]);
  });

  test('none is no request', async () => {
    const rows = new FakeRows();
    await new BanyanDefinitions(rows, property).define([]);
    expect(rows.sent).toBe(0);
  });

  test('a property that holds no text is an error', async () => {
    const rows = new FakeRows();
    await rows.applyProperty(property, 'm', [null]);
    await expect(new BanyanDefinitions(rows, property).all()).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_BAD_ANSWER' });
  });
});
