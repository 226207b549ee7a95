/** One export of a resource, as far as it tells which streams are new. */
export interface ExportStamp {
  readonly number: number;
  /** Server time. */
  readonly nowMs: number;
}

/** An export and the newest time of its points. */
export interface NotedExport {
  readonly number: number;
  timeMs: number;
}

/** A start time with the first export that carried it. */
interface CarriedStart extends NotedExport {
  readonly startMs: number;
  seenMs: number;
}

/** Start times that all logs together may hold; further ones are not noted, and counted. */
export class StartBudget {
  private used = 0;

  constructor(
    private readonly limit: number,
    /** Told of every start time that is not remembered. */
    readonly exceeded: () => void,
  ) {}

  take(): boolean {
    if (this.used >= this.limit) {
      this.exceeded();
      return false;
    }
    this.used += 1;
    return true;
  }

  give(count: number): void {
    this.used -= count;
  }
}

/** Points of one collection may differ by this much in time. */
export const sameExportMs = 100;
/** Instruments of one process may differ by this much in start time. */
const sameProcessMs = 1000;
const maxPerSecond = 8;

/** Start times that the exports of a scope or metric carried: by them a server knows a process again. */
export class StartLog {
  private readonly seconds = new Map<number, CarriedStart[]>();
  private last: CarriedStart | undefined;

  constructor(private readonly budget: StartBudget) {}

  note(startMs: number, timeMs: number, { number, nowMs }: ExportStamp): void {
    const known = this.last?.startMs === startMs ? this.last : this.exact(startMs);
    if (known === undefined) {
      this.add({ startMs, number, timeMs, seenMs: nowMs });
      return;
    }
    this.last = known;
    known.seenMs = nowMs;
    noteTime(known, timeMs, number);
  }

  /** Whether a start of the same process, by the measure of time, passes the test. */
  some(startMs: number, test: (carried: NotedExport & { readonly startMs: number }) => boolean): boolean {
    const second = secondOf(startMs);
    for (const each of [second, second - 1, second + 1]) {
      const found = this.seconds.get(each)?.some((one) => Math.abs(one.startMs - startMs) <= sameProcessMs && test(one));
      if (found === true) return true;
    }
    return false;
  }

  /** Forgets what was not seen since. */
  prune(oldestMs: number): void {
    for (const [second, starts] of this.seconds) {
      const kept = starts.filter(({ seenMs }) => seenMs >= oldestMs);
      if (kept.length === starts.length) continue;
      this.budget.give(starts.length - kept.length);
      if (kept.length === 0) this.seconds.delete(second);
      else this.seconds.set(second, kept);
      this.last = undefined;
    }
  }

  private exact(startMs: number): CarriedStart | undefined {
    return this.seconds.get(secondOf(startMs))?.find((one) => one.startMs === startMs);
  }

  private add(carried: CarriedStart): void {
    const second = secondOf(carried.startMs);
    const starts = this.seconds.get(second) ?? [];
    if (starts.length >= maxPerSecond) return this.budget.exceeded();
    if (!this.budget.take()) return;
    starts.push(carried);
    this.seconds.set(second, starts);
    this.last = carried;
  }
}

/** Moves an export's newest time. */
export function noteTime(noted: NotedExport, timeMs: number, number: number): void {
  if (noted.number === number && timeMs > noted.timeMs) noted.timeMs = timeMs;
}

function secondOf(startMs: number): number {
  return Math.floor(startMs / 1000);
}
