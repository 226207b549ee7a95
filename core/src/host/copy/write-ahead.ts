/** Batches are kept before they are written: a run that ends in between leaves them to the next one, as they are. */
import type { RecordModel } from '../../model/record.js';
import { isStopped, patiently, type CopyJob } from './copy-store.js';
import { writerOf, type Intent, type StateKeeper } from './copy-state.js';
import { lateRows } from './late-rows.js';

export async function writeAhead(job: CopyJob, keeper: StateKeeper, intent: Intent): Promise<void> {
  if (intent.batches.length > 0) await keeper.intend(intent);
  await write(job, keeper, intent);
}

/** What an earlier run had begun to write, and the rows that came into its time since it was read. */
export async function writePending(job: CopyJob, keeper: StateKeeper): Promise<void> {
  if (isStopped(job)) return;
  const intent = await keeper.intent();
  if (intent === undefined || !isPending(keeper, intent)) return;
  job.logger.info('the batch that was under way is written again', { part: intent.part, batches: intent.batches.length });
  await write(job, keeper, intent);
  if (intent.part !== 'records' || isStopped(job)) return;
  const late = await lateRows(job, keeper.state, intent);
  if (late !== undefined) await writeAhead(job, keeper, late);
}

/** That of another copy is not, nor one whose changes were kept. */
function isPending({ state }: StateKeeper, { part, batches: [first] }: Intent): boolean {
  return first?.writer === writerOf(state) && first.sequence === state[part].sequence + 1;
}

async function write(job: CopyJob, keeper: StateKeeper, intent: Intent): Promise<void> {
  const { metricWriter, recordWriter } = job.target;
  if (intent.part === 'metrics') {
    for (const batch of intent.batches) await patiently(job, () => metricWriter.write(batch));
  } else {
    for (const { rows, ...batch } of intent.batches) {
      const known = rows.map((one) => ({ ...one, model: knownModel(job.models, one.model) }));
      await patiently(job, () => recordWriter.write({ ...batch, rows: known }));
    }
  }
  await keeper.keep(intent.changes);
}

/** The one that was installed, unless a newer program has changed it. */
function knownModel(models: readonly RecordModel[], kept: RecordModel): RecordModel {
  const known = models.find(({ name }) => name === kept.name);
  return known !== undefined && JSON.stringify(known) === JSON.stringify(kept) ? known : kept;
}
