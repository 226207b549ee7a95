import Long from 'long';
import { describe, expect, test } from 'vitest';
import { methods } from '../../src/protocol/methods.js';
import { decodeMessage, encodeMessage, messageType, protocolRoot } from '../../src/protocol/root.js';

describe('the protocol', () => {
  test('every method names a method of the protos with its types', () => {
    for (const { path, request, response, streaming } of Object.values(methods)) {
      const [, service = '', name = ''] = path.split('/');
      const found = protocolRoot().lookupService(service).methods[name]!;
      expect(found, path).toBeDefined();
      expect(found.resolvedRequestType).toBe(messageType(request));
      expect(found.resolvedResponseType).toBe(messageType(response));
      expect(found.requestStream ?? false).toBe(streaming);
      expect(found.responseStream ?? false).toBe(streaming);
    }
  });

  test('there are the six operations of seven registries and fourteen further methods', () => {
    expect(Object.keys(methods)).toHaveLength(6 * 7 + 14);
  });

  test('a revision of epoch nanoseconds keeps every digit', () => {
    const revision = Long.fromString('1792345678901234567');
    const name = 'banyandb.database.v1.GroupRegistryServiceCreateResponse';
    const read = decodeMessage(name, encodeMessage(name, { modRevision: revision }));
    expect(String(read.modRevision)).toBe('1792345678901234567');
  });

  test('an answer has every field, enums by name', () => {
    const name = 'banyandb.common.v1.Group';
    const bytes = encodeMessage(name, { metadata: { name: 'g' }, catalog: 'CATALOG_MEASURE', resourceOpts: { shardNum: 2 } });
    const read = decodeMessage(name, bytes);
    expect(read).toMatchObject({ metadata: { group: '', name: 'g' }, catalog: 'CATALOG_MEASURE', updatedAt: null });
    expect(read.resourceOpts).toMatchObject({ shardNum: 2, stages: [], segmentInterval: null });
  });

  test('a null is a set member of the value, also though it is the number 0', () => {
    const name = 'banyandb.model.v1.TagValue';
    expect(encodeMessage(name, { null: 'NULL_VALUE' })).toEqual(Buffer.from([8, 0]));
    expect(decodeMessage(name, Buffer.from([8, 0]))).toEqual({ null: 'NULL_VALUE' });
  });
});
