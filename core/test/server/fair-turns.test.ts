import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FairTurns } from '../../src/server/fair-turns.js';
import { settle } from '../stream/harness.js';

function ask(turns: FairTurns, sizes: readonly number[]): number[] {
  const passed: number[] = [];
  sizes.forEach((bytes, index) => void turns.pass(bytes).then(() => passed.push(index)));
  return passed;
}

describe('messages that arrive together', () => {
  test('are handled in the order of arrival, only so many bytes of them in a turn of the loop', async () => {
    const passed = ask(new FairTurns(100), [60, 60, 60, 60, 60, 60]);
    await Promise.resolve();
    await Promise.resolve();
    expect(passed).toEqual([0, 1]);
    for (const expected of [4, 6, 6]) {
      await setImmediate();
      expect(passed).toEqual([0, 1, 2, 3, 4, 5].slice(0, expected));
    }
  });

  test('are handled at once when they are few, turn after turn', async () => {
    const turns = new FairTurns(100);
    for (let turn = 0; turn < 3; turn += 1) {
      const passed = ask(turns, [10, 10]);
      await Promise.resolve();
      await Promise.resolve();
      expect(passed).toEqual([0, 1]);
      await setImmediate();
      await setImmediate();
    }
  });

  test('pass one by one when each is larger than a turn', async () => {
    const passed = ask(new FairTurns(100), [1000, 1000, 0]);
    await Promise.resolve();
    await Promise.resolve();
    expect(passed).toEqual([0]);
    await setImmediate();
    expect(passed).toEqual([0, 1]);
    await setImmediate();
    expect(passed).toEqual([0, 1, 2]);
  });

  test('of which the last came after a pause are not kept waiting by the earlier ones', async () => {
    const turns = new FairTurns(100);
    const first = ask(turns, [150]);
    await setImmediate();
    await setImmediate();
    await setImmediate();
    const later = ask(turns, [150]);
    await settle();
    expect([...first, ...later]).toEqual([0, 0]);
  });
});
