import { expect, test } from 'vitest';
import { LoopTurn } from '../../src/kernel/loop-turn.js';

test('a turn is over after its time, and begins anew once the event loop has had its own', async () => {
  expect(new LoopTurn(60_000).isOver).toBe(false);
  const turn = new LoopTurn(-1);
  expect(turn.isOver).toBe(true);
  let turned = false;
  setImmediate(() => (turned = true));
  await turn.next();
  expect(turned).toBe(true);
});
