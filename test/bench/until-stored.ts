/** Waits until a server has handed all that it accepted to its store. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from './processes.js';

const mostDrainMs = 60_000;
const lookEveryMs = 25;

/** Nothing may be given up on the way: that would be fast. */
export async function untilStored({ adminUrl }: Server): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const text = await (await fetch(`${adminUrl}/metrics`)).text();
    const sum = (name: string): number => [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce((total, [, value]) => total + Number(value), 0);
    if (sum('meterlark_stream_dropped_total') > 0) throw new Error(`${adminUrl} gave up what it had accepted`);
    if (sum('meterlark_stream_records_pending') === 0 && sum('meterlark_stream_pending_rows') === 0) return;
    if (performance.now() - begun > mostDrainMs) throw new Error(`${adminUrl} has not stored everything after ${mostDrainMs} ms`);
    await sleep(lookEveryMs);
  }
}
