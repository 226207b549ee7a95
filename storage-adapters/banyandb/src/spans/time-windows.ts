/**
 * Cuts a time range into windows whose traces fit one answer. The server's own order and limit cannot be built on: it takes blocks in the
 * order of their smallest time and stops at the limit, so that a limited answer is neither in order nor the first ones of it. An answer with
 * clearly fewer traces than the limit is all there is; so windows get shorter until theirs is one.
 */

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** Traces; an answer with as many says nothing of what was left out. */
  readonly limit: number;
}

/**
 * Whether an answer may be a part. The index may know traces whose spans were lost in a crash of the server: they count for its limit
 * and do not come, so that some less than the limit is a part, too.
 */
export function isCut(traces: number, limit: number): boolean {
  return traces >= limit - Math.floor(limit / 10);
}

/** What an answer was like. */
export interface Yield {
  readonly traces: number;
  /** All that came, and those of them within the window: a trace comes with its spans of the whole day. */
  readonly spans: number;
  readonly inside: number;
  readonly bytes: number;
}

export interface TimeWindowsOptions {
  readonly fromMs: number;
  readonly toMs: number;
  readonly descending: boolean;
  /** Rows that are hoped for. */
  readonly wanted: number;
  /** Spans of one answer. */
  readonly pageRows: number;
}

const fewestTraces = 32;
const firstTraces = 512;
const pageBytes = 16_777_216;
/** Answers of traces that are longer than their window may be so much larger: larger windows read them less often. */
const mostBoost = 8;
/** A window is at most so many times as long as the one before. */
const fastest = 16;
/** How full an answer should be: fuller ones are cut too often. */
const fill = 0.6;

export class TimeWindows {
  private edgeMs: number;
  private lengthMs: number;
  private limit: number;
  private boost = 1;

  constructor(private readonly options: TimeWindowsOptions) {
    const { fromMs, toMs, descending, wanted } = options;
    this.edgeMs = descending ? toMs : fromMs;
    // At first all: where there is little, that is the answer, and where there is much it says how much.
    this.lengthMs = Math.max(1, toMs - fromMs + 1);
    this.limit = Math.min(firstTraces, Math.max(fewestTraces, 2 * wanted));
  }

  /** The same until something is said of its answer; undefined after the last. */
  get current(): TimeWindow | undefined {
    const { fromMs, toMs, descending } = this.options;
    const { edgeMs, lengthMs, limit } = this;
    if (descending) return edgeMs < fromMs ? undefined : { fromMs: Math.max(fromMs, edgeMs - lengthMs + 1), toMs: edgeMs, limit };
    return edgeMs > toMs ? undefined : { fromMs: edgeMs, toMs: Math.min(toMs, edgeMs + lengthMs - 1), limit };
  }

  /** The answer was all of the window. */
  complete(answer: Yield): void {
    const window = this.current;
    if (window === undefined) return;
    this.learn(answer, 2);
    this.edgeMs = this.options.descending ? window.fromMs - 1 : window.toMs + 1;
    const used = window.toMs - window.fromMs + 1;
    const factor = answer.traces === 0 ? fastest : (fill * this.limit) / answer.traces;
    this.lengthMs = Math.max(1, Math.floor(used * Math.min(fastest, Math.max(0.25, factor))));
  }

  /** The limit was met. `nearest`: for each trace how far from the window's begin (in its direction, ms) its first span lies. */
  cut(answer: Yield, nearest: readonly number[]): void {
    const window = this.current;
    if (window === undefined) return;
    // A larger limit only where longer windows are better.
    this.learn(answer, answer.inside * 4 < answer.spans ? 2 : 1);
    const used = window.toMs - window.fromMs + 1;
    if (used === 1) {
      this.limit = Math.max(this.limit, 4 * window.limit);
      return;
    }
    const reach = nearest.length === 0 ? used : quantile(nearest, Math.min(1, (fill * this.limit) / nearest.length));
    // An answer that is in order says where as many lie; one that is not says little.
    this.lengthMs = Math.max(1, Math.min(Math.floor(used / 2), reach + 1));
  }

  /** There was no answer, it would have been too large. False: the window cannot be smaller. */
  shrink(): boolean {
    const window = this.current;
    if (window === undefined || (window.fromMs === window.toMs && this.limit <= 2)) return false;
    this.lengthMs = Math.max(1, Math.floor((window.toMs - window.fromMs + 1) / 8));
    this.limit = Math.max(2, Math.floor(this.limit / 4));
    return true;
  }

  private learn({ traces, spans, inside, bytes }: Yield, growth: number): void {
    if (traces === 0) return;
    if (inside * 4 < spans) this.boost = Math.min(mostBoost, this.boost * 2);
    else if (inside * 2 > spans) this.boost = 1;
    const fits = Math.min(this.options.pageRows / (spans / traces), pageBytes / Math.max(1, bytes / traces));
    this.limit = Math.max(2, Math.min(this.limit * growth, Math.floor(fits * this.boost)));
  }
}

function quantile(values: readonly number[], rank: number): number {
  const ordered = [...values].sort((left, right) => left - right);
  return ordered[Math.max(0, Math.ceil(rank * ordered.length) - 1)]!;
}
