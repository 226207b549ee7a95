/** Writes batch after batch and prints the number of each that was acknowledged, until it is killed. */
import { openTestlessStore } from './plain-store.js';
import { oneRow } from './one-row.js';

const [path = '', minute = '0'] = process.argv.slice(2);
const store = await openTestlessStore(path);
for (let batch = 1; ; batch += 1) {
  await store.metricWriter.write(oneRow(batch, Number(minute)));
  process.stdout.write(`${batch}\n`);
}
