/** Old cost against new, by day, provider and model. */
import { picodollarsToUsd, type CallCost, type ModelCall } from '@meterlark/core';
import { dayOf } from './period.js';

export type Verdict = 'unchanged' | 'repriced' | 'reported' | 'none';

interface Line {
  readonly day: string;
  readonly provider: string;
  readonly model: string;
  calls: number;
  repriced: number;
  /** Picodollars. */
  old: bigint;
  fresh: bigint;
  oldUnknown: number;
  newUnknown: number;
}

export interface TallyLine {
  readonly day: string;
  readonly provider: string;
  readonly model: string;
  readonly calls: number;
  readonly repriced: number;
  /** Sum of the known costs, exact. */
  readonly oldUsd: string;
  readonly newUsd: string;
  readonly oldUnknown: number;
  readonly newUnknown: number;
}

export interface TallyCounts {
  readonly calls: number;
  readonly repriced: number;
  readonly unchanged: number;
  /** Told by the provider: they stay. */
  readonly reported: number;
  /** Failed before anything was used: nothing is owed. */
  readonly none: number;
  readonly nowPriced: number;
  readonly nowUnknown: number;
}

/** Lines kept apart; further models of a day are one line. */
const maxLines = 5_000;
const otherModels = '(other models)';

export class Tally {
  private readonly lines = new Map<string, Line>();
  private readonly count = { calls: 0, repriced: 0, unchanged: 0, reported: 0, none: 0, nowPriced: 0, nowUnknown: 0 };

  add(call: ModelCall, fresh: CallCost, verdict: Verdict): void {
    const { count } = this;
    count.calls += 1;
    count[verdict] += 1;
    if (verdict === 'repriced' && call.cost.source === 'unknown' && isPriced(fresh)) count.nowPriced += 1;
    if (verdict === 'repriced' && isPriced(call.cost) && fresh.source === 'unknown') count.nowUnknown += 1;
    const line = this.lineOf(call);
    line.calls += 1;
    if (verdict === 'repriced') line.repriced += 1;
    line.old += BigInt(call.cost.total ?? 0);
    line.fresh += BigInt(fresh.total ?? 0);
    if (call.cost.source === 'unknown') line.oldUnknown += 1;
    if (fresh.source === 'unknown') line.newUnknown += 1;
  }

  get counts(): TallyCounts {
    return { ...this.count };
  }

  /** By day, then provider and model. */
  result(): readonly TallyLine[] {
    const sorted = [...this.lines.values()].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
    return sorted.map(({ old, fresh, ...line }) => ({
      day: line.day, provider: line.provider, model: line.model, calls: line.calls, repriced: line.repriced,
      oldUsd: picodollarsToUsd(old), newUsd: picodollarsToUsd(fresh), oldUnknown: line.oldUnknown, newUnknown: line.newUnknown,
    }));
  }

  private lineOf(call: ModelCall): Line {
    const day = dayOf(call.startUs / 1000);
    const own = { day, provider: call.provider, model: call.model };
    const known = this.lines.get(keyOf(own));
    if (known !== undefined) return known;
    const names = this.lines.size < maxLines ? own : { day, provider: '', model: otherModels };
    const line = this.lines.get(keyOf(names)) ?? { ...names, calls: 0, repriced: 0, old: 0n, fresh: 0n, oldUnknown: 0, newUnknown: 0 };
    this.lines.set(keyOf(names), line);
    return line;
  }
}

function isPriced({ source }: CallCost): boolean {
  return source === 'computed' || source === 'estimated';
}

function keyOf({ day, provider, model }: Pick<Line, 'day' | 'provider' | 'model'>): string {
  return `${day}\n${provider}\n${model}`;
}
