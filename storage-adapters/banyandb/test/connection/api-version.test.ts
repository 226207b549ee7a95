import { expect, test } from 'vitest';
import { isAccepted } from '../../src/connection/api-version.js';

test.each(['0.10', '0.10.3', 'v0.10.0', 'v0.11', '0.11-dev', '0.11.0+build', '0.100', '1.0', 'v1.0.0-rc.1', '12.0'])('%j is accepted', (version) => {
  expect(isAccepted(version, [])).toBe(true);
});

test.each([
  '', ' ', '0', '0.9', '0.9.9', '0.09', 'v0.9', 'abc', 'v', 'vv0.11', '0.', '.11', '0.x', 'x.10', '-1.0', '0.-10', '0.10x', '0,11', ' 0.11', '0.11\n', 'V0.11',
  '0.9999999', '1e3.0', 'release 0.11', `0.${'1'.repeat(100_000)}`,
])('%j is not', (version) => {
  expect(isAccepted(version, [])).toBe(false);
});

test('further texts are taken as they are, not as versions, and nothing beside them', () => {
  expect(['main', '0.9', '0.9.1', 'v0.9', ''].map((version) => isAccepted(version, ['main', '0.9']))).toEqual([true, true, false, false, false]);
});
