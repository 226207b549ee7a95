/** What was sent takes a moment until it is answered. */
import { setTimeout as sleep } from 'node:timers/promises';

export const visibleWithinMs = 30_000;
const betweenMs = 300;

/** Asks until the answer is good, and gives the last one. */
export async function askUntil<T>(title: string, ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + visibleWithinMs;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (Date.now() > deadline) {
      console.log(`${title}: not all visible after ${visibleWithinMs / 1000} s`);
      return answer;
    }
    await sleep(betweenMs);
  }
}
