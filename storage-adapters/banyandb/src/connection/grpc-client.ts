import type { Clock } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import { decodeElements, decodePoints, decodeTraces } from '../protocol/decode-answers.js';
import { encodeMeasureQuery, encodeStreamQuery, encodeTraceQuery } from '../protocol/encode-queries.js';
import { methods, type MethodName } from '../protocol/methods.js';
import { decodeMessage, encodeMessage } from '../protocol/root.js';
import type { MeasureSpec, PropertySpec, StreamSpec, TraceSpec } from '../schema/model.js';
import type { BanyanSettings } from '../settings.js';
import type { Waiting } from './backoff.js';
import type { CallMetrics } from './call-metrics.js';
import type { BanyanCalls } from './calls.js';
import type {
  BanyanClient,
  Cell,
  FoundElement,
  FoundPoint,
  FoundProperty,
  FoundTrace,
  MeasureQuery,
  MeasureRow,
  StoreReturns,
  StreamQuery,
  StreamRow,
  TraceQuery,
  TraceRow,
} from './client.js';
import type { Lane } from './lane.js';
import { isOverWithin } from './deadline.js';
import { PropertyCalls } from './property-calls.js';
import { measurePlan, streamPlan, tracePlan } from './row-plans.js';
import type { HeldRow } from './recent-writes.js';
import type { RowPlan } from './row-stream.js';
import { RowWrites } from './row-writes.js';
import type { StoreReturn } from './store-return.js';
import type { Targets } from './targets.js';
import { UnaryCalls } from './unary-calls.js';
import { askHealth } from './versions.js';

interface Parts {
  /** `others` and `repeats` pass the gate: they make the store what it was. */
  readonly lanes: { readonly writes: Lane; readonly queries: Lane; readonly others: Lane; readonly repeats: Lane };
  readonly metrics: CallMetrics;
  readonly storeReturn: StoreReturn;
  readonly waiting: Waiting;
  readonly clock: Clock;
}

/** With the time for running calls well below what a provider has to stop. */
const lastLookMs = 3_000;
const lastReturnMs = 5_000;

export class GrpcClient implements BanyanClient, BanyanCalls, StoreReturns {
  private readonly calls: UnaryCalls;
  private readonly directCalls: UnaryCalls;
  private readonly writes: RowWrites;
  private readonly repeats: RowWrites;
  private readonly properties = new PropertyCalls((method, what, request) => this.query(method, what, request));
  private readonly probing: NodeJS.Timeout;
  private wasAsked = false;
  private isClosed = false;

  constructor(
    private readonly targets: Targets,
    private readonly settings: BanyanSettings,
    private readonly parts: Parts,
  ) {
    const { metrics, waiting, storeReturn, lanes } = parts;
    this.calls = new UnaryCalls(storeReturn, settings, metrics, waiting);
    this.directCalls = new UnaryCalls(targets, settings, metrics, waiting);
    this.writes = new RowWrites(storeReturn, settings, lanes.writes, { metrics, waiting });
    this.repeats = new RowWrites(targets, settings, lanes.repeats, { metrics, waiting });
    this.probing = setInterval(() => void this.probe(), settings.keepAliveMs);
    this.probing.unref();
  }

  get losses(): number {
    return this.parts.storeReturn.losses;
  }

  writeMeasure(measure: MeasureSpec, rows: readonly MeasureRow[]): Promise<void> {
    return this.write((some) => measurePlan(measure, some), rows);
  }
  writeStream(stream: StreamSpec, rows: readonly StreamRow[]): Promise<void> {
    return this.write((some) => streamPlan(stream, some), rows);
  }
  writeTrace(trace: TraceSpec, rows: readonly TraceRow[]): Promise<void> {
    return this.write((some) => tracePlan(trace, some), rows);
  }

  async queryMeasure(query: MeasureQuery): Promise<readonly FoundPoint[]> {
    const answer = await this.query('measureQuery', `the question to ${query.measure.name}`, encodeMeasureQuery(query));
    return answer === undefined ? [] : decodePoints(answer, query.tags, query.fields);
  }
  async queryStream(query: StreamQuery): Promise<readonly FoundElement[]> {
    const answer = await this.query('streamQuery', `the question to ${query.stream.name}`, encodeStreamQuery(query));
    return answer === undefined ? [] : decodeElements(answer, query.tags);
  }
  async queryTrace(query: TraceQuery): Promise<readonly FoundTrace[]> {
    const answer = await this.query('traceQuery', `the question to ${query.trace.name}`, encodeTraceQuery(query));
    return answer === undefined ? [] : decodeTraces(answer, query.tags);
  }

  applyProperty(property: PropertySpec, id: string, tags: readonly Cell[]): Promise<void> {
    return this.properties.applyProperty(property, id, tags);
  }
  queryProperties(property: PropertySpec, options: { readonly ids?: readonly string[]; readonly limit: number }): Promise<readonly FoundProperty[]> {
    return this.properties.queryProperties(property, options);
  }

  async call<T>(method: MethodName, request: object): Promise<T> {
    const { request: requestType, response } = methods[method];
    const answer = await this.direct(method, method, encodeMessage(requestType, request), false);
    return decode(response, answer) as T;
  }

  beforeRepeating(prepare: (properties: PropertyCalls) => Promise<void>): void {
    const past = new PropertyCalls(async (method, what, request) => (request === undefined ? undefined : this.direct(method, what, request, true)));
    this.parts.storeReturn.beforeRepeating(() => prepare(past));
  }

  /** Asks the server itself, whatever is known of it; not tried again. */
  async check(): Promise<void> {
    this.refuseClosed();
    const target = this.targets.now;
    target.doubt();
    const ready = await this.targets.ready();
    await askHealth(ready, this.settings.connectTimeoutMs, this.settings);
  }

  /** A return of the store that is under way gets some time; calls that still run are cancelled. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.probing);
    const { writes, queries, others, repeats } = this.parts.lanes;
    for (const lane of [writes, queries]) lane.close();
    // A loss may not be known yet.
    if (this.parts.storeReturn.holdsWrites) {
      this.targets.now.doubt();
      await isOverWithin(lastLookMs, this.targets.ready());
    }
    await this.parts.storeReturn.close(lastReturnMs);
    for (const lane of [others, repeats]) lane.close();
    this.targets.close();
  }

  private async write<R extends HeldRow>(planOf: (rows: readonly R[]) => RowPlan, rows: readonly R[]): Promise<void> {
    this.refuseClosed();
    if (rows.length === 0) return;
    this.wasAsked = true;
    const plan = planOf(rows);
    const again = (some: readonly R[]): Promise<void> => this.repeats.write(planOf(some), some.length);
    await this.parts.storeReturn.write(rows, () => this.writes.write(plan, rows.length), again);
  }

  private async query(method: MethodName, what: string, request: Buffer | undefined): Promise<Buffer | undefined> {
    this.refuseClosed();
    if (request === undefined) return undefined;
    this.wasAsked = true;
    const { timeoutMs, askedMs } = { timeoutMs: this.settings.queryTimeoutMs, askedMs: this.parts.clock.now() };
    const answer = await this.parts.lanes.queries.run(() => this.calls.ask({ method, what, request, timeoutMs, awaitsSchema: true }));
    this.parts.storeReturn.answered(askedMs);
    return answer;
  }

  /** Past the gate; also in a return of the store that `close` waits for. */
  private async direct(method: MethodName, what: string, request: Buffer, awaitsSchema: boolean): Promise<Buffer> {
    this.wasAsked = true;
    const timeoutMs = this.settings.queryTimeoutMs;
    return this.parts.lanes.others.run(() => this.directCalls.ask({ method, what, request, timeoutMs, awaitsSchema }));
  }

  /**
   * Application calls instead of HTTP/2 pings: the server's gRPC library ends connections that ping more often than every five
   * minutes. A connection that is dead without a word is so found before the next call waits on it.
   */
  private async probe(): Promise<void> {
    const { now } = this.targets;
    const isIdle = !this.wasAsked;
    this.wasAsked = false;
    if (!isIdle || !now.isReady) return;
    now.doubt();
    const askedMs = this.parts.clock.now();
    // A failure is of interest to the next call only, which asks again.
    await this.targets.ready().then(() => this.parts.storeReturn.answered(askedMs), () => undefined);
  }

  private refuseClosed(): void {
    if (this.isClosed) throw banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED();
  }
}

function decode(type: string, bytes: Buffer): Record<string, unknown> {
  try {
    return decodeMessage(type, bytes);
  } catch (error) {
    throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: String(error) }, error);
  }
}
