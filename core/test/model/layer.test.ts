import { expect, test } from 'vitest';
import { builtInLayers, reportedLayer } from '../../src/model/layer.js';

test('a sender may say each layer of services that nobody conjectures', () => {
  const normal = builtInLayers.filter(({ normal: is }) => is).map(({ name }) => name);
  expect(normal.map(reportedLayer)).toEqual(normal);
  expect(normal).toContain('FAAS');
});

test.each([undefined, 5, '', 'general', 'MADE_UP_LAYER', 'constructor', 'UNDEFINED', 'VIRTUAL_GENAI', 'VIRTUAL_DATABASE'])(
  '%s is GENERAL',
  (said) => {
    expect(reportedLayer(said)).toBe('GENERAL');
  },
);
