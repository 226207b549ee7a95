import { expect, test } from 'vitest';
import { sideBySide } from '../../src/index.js';

test('gives the results in the order of the work', async () => {
  expect(await sideBySide([Promise.resolve(1), 'two', undefined])).toEqual([1, 'two', undefined]);
});

test('rejects with the first failure in the order given, not the earliest, and only after all have ended', async () => {
  const ended: string[] = [];
  const work = async (name: string, turns: number, error?: string): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    ended.push(name);
    if (error !== undefined) throw new Error(error);
  };
  await expect(sideBySide([work('first', 20, 'late'), work('second', 1, 'early'), work('third', 40)])).rejects.toThrow('late');
  expect(ended).toEqual(['second', 'first', 'third']);
});
