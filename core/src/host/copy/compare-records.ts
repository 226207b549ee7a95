/** Compares the records of both stores, row by row, over times that both can answer. */
import { bucketStart, dayMs } from '../../model/time.js';
import type { Lifetime, RecordModel } from '../../model/record.js';
import { patiently, unlessTooMuch, type CopyJob, type CopyStore } from './copy-store.js';
import type { CopyState } from './copy-state.js';
import { daysOf } from './days.js';
import { firstPace, nextPace, readPage, timeOf, type Pace } from './record-pages.js';
import { rowDifference, type Sides } from './row-difference.js';
import { addTallies, noTally, type Tally } from './tally.js';

export async function compareRecords(job: CopyJob, state: CopyState, model: RecordModel): Promise<Tally> {
  const own = new Set(state.own.records[model.name]);
  const days = new RecordDays(job, model);
  let tally = noTally;
  for (const tenant of job.tenants) {
    for (const day of daysOf(state)) {
      const part = { tenant, day, fromUs: day * 1000, toUs: Math.min(day + dayMs, state.untilMs) * 1000 };
      tally = addTallies(tally, await days.compared(part, own.has(day)));
      if (job.stopping.aborted) return tally;
    }
  }
  return tally;
}

interface Part {
  readonly tenant: string;
  readonly day: number;
  readonly fromUs: number;
  readonly toUs: number;
}

type KeptBy = 'both' | 'source' | 'none';

class RecordDays {
  private pace: Pace = firstPace;

  constructor(
    private readonly job: CopyJob,
    private readonly model: RecordModel,
  ) {}

  /** The day may outlive its time in one of them while they are read: then what was found means nothing. */
  async compared(part: Part, isOwn: boolean): Promise<Tally> {
    for (;;) {
      const keptBy = this.keptBy(part.day);
      const tally = await this.tallyOf(keptBy, part, isOwn);
      if (this.keptBy(part.day) === keptBy) return tally;
    }
  }

  private keptBy(day: number): KeptBy {
    const { source, target, clock } = this.job;
    const { lifetime } = this.model;
    const now = clock.now();
    if (!keeps(source, lifetime, day, now)) return 'none';
    return keeps(target, lifetime, day, now) ? 'both' : 'source';
  }

  private async tallyOf(keptBy: KeptBy, part: Part, isOwn: boolean): Promise<Tally> {
    if (keptBy === 'none') return noTally;
    if (keptBy === 'both') return this.difference(part, isOwn);
    const count = await this.count(part);
    return { ...noTally, source: count, expired: count };
  }

  private async difference({ day, ...part }: Part, isOwn: boolean): Promise<Tally> {
    let tally = noTally;
    for (let fromUs = part.fromUs; fromUs < part.toUs && !this.job.stopping.aborted; ) {
      const { toUs, ...sides } = await this.sides({ ...part, fromUs });
      const { different, size: bytes } = rowDifference(this.model, sides, isOwn);
      const counts = { source: sides.source.length, target: sides.target.length, expired: 0, different };
      tally = addTallies(tally, { ...counts, days: different === 0 ? [] : [day] });
      this.pace = nextPace(this.pace, { us: toUs - fromUs, rows: Math.max(counts.source, counts.target), bytes }, this.job.limits.batchBytes);
      fromUs = toUs;
    }
    return tally;
  }

  /** The rows of both up to the same time. */
  private async sides({ tenant, fromUs, toUs }: Omit<Part, 'day'>): Promise<Sides & { readonly toUs: number }> {
    const { job, model } = this;
    const { widthUs, limit } = this.pace;
    const query = { model, tenant, fromUs, limit };
    const own = await readPage(job, job.source, { ...query, toUs: Math.min(toUs, fromUs + widthUs) });
    const there = await readPage(job, job.target, { ...query, toUs: own.toUs, limit: Math.max(limit, own.rows.length) });
    const source = there.toUs === own.toUs ? own.rows : own.rows.filter((row) => timeOf(row) < there.toUs);
    return { source, target: there.rows, toUs: there.toUs };
  }

  /** In halves where the store finds it too much. */
  private async count({ tenant, fromUs, toUs }: Pick<Part, 'tenant' | 'fromUs' | 'toUs'>): Promise<number> {
    const { job, model } = this;
    const query = { model, tenant, fromUs, toUs, where: [], by: [], measures: [{ of: 'count' } as const], limit: 1 };
    const groups = await unlessTooMuch(toUs - fromUs > 1, () => patiently(job, () => job.source.recordReader.groups(query)));
    if (groups !== undefined) return Number(groups[0]?.measures[0] ?? 0);
    const middle = fromUs + Math.ceil((toUs - fromUs) / 2);
    return (await this.count({ tenant, fromUs, toUs: middle })) + (await this.count({ tenant, fromUs: middle, toUs }));
  }
}

function keeps({ health }: CopyStore, lifetime: Lifetime, day: number, now: number): boolean {
  return day >= bucketStart(now - health.recordDays[lifetime] * dayMs, 'day');
}
