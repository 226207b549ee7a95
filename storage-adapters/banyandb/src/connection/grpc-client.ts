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
import { decodeProperties, encodeApply, encodePropertyQuery } from './properties.js';
import { measurePlan, streamPlan, tracePlan } from './row-plans.js';
import { sizeOf } from './recent-writes.js';
import type { Repetition } from './repetition.js';
import type { RowPlan } from './row-stream.js';
import { RowWrites } from './row-writes.js';
import type { Targets } from './targets.js';
import { UnaryCalls } from './unary-calls.js';
import { askHealth } from './versions.js';

interface Parts {
  readonly lanes: { readonly writes: Lane; readonly queries: Lane; readonly others: Lane };
  readonly metrics: CallMetrics;
  readonly repetition: Repetition;
  readonly waiting: Waiting;
}

export class GrpcClient implements BanyanClient, BanyanCalls, StoreReturns {
  private readonly calls: UnaryCalls;
  private readonly writes: RowWrites;
  private readonly probing: NodeJS.Timeout;
  private wasAsked = false;
  private isClosed = false;

  constructor(
    private readonly targets: Targets,
    private readonly settings: BanyanSettings,
    private readonly parts: Parts,
  ) {
    const { metrics, waiting } = parts;
    this.calls = new UnaryCalls(targets, settings, metrics, waiting);
    this.writes = new RowWrites(targets, settings, parts.lanes.writes, { metrics, waiting });
    this.probing = setInterval(() => void this.probe(), settings.keepAliveMs);
    this.probing.unref();
  }

  writeMeasure(measure: MeasureSpec, rows: readonly MeasureRow[]): Promise<void> {
    return this.write(() => measurePlan(measure, rows), rows);
  }
  writeStream(stream: StreamSpec, rows: readonly StreamRow[]): Promise<void> {
    return this.write(() => streamPlan(stream, rows), rows);
  }
  writeTrace(trace: TraceSpec, rows: readonly TraceRow[]): Promise<void> {
    return this.write(() => tracePlan(trace, rows), rows);
  }

  async queryMeasure(query: MeasureQuery): Promise<readonly FoundPoint[]> {
    const answer = await this.query('measureQuery', query.measure.name, encodeMeasureQuery(query));
    return answer === undefined ? [] : decodePoints(answer, query.tags, query.fields);
  }
  async queryStream(query: StreamQuery): Promise<readonly FoundElement[]> {
    const answer = await this.query('streamQuery', query.stream.name, encodeStreamQuery(query));
    return answer === undefined ? [] : decodeElements(answer, query.tags);
  }
  async queryTrace(query: TraceQuery): Promise<readonly FoundTrace[]> {
    const answer = await this.query('traceQuery', query.trace.name, encodeTraceQuery(query));
    return answer === undefined ? [] : decodeTraces(answer, query.tags);
  }

  async applyProperty(property: PropertySpec, id: string, tags: readonly Cell[]): Promise<void> {
    const request = encodeApply(property, id, tags);
    const send = async (): Promise<void> => {
      await this.ask('propertyApply', `a document of ${property.name}`, request, true);
    };
    await send();
    this.parts.repetition.remember(request.length, send);
  }
  async queryProperties(property: PropertySpec, { ids, limit }: { readonly ids?: readonly string[]; readonly limit: number }): Promise<readonly FoundProperty[]> {
    // No ids at all would be read as all of them.
    if (ids?.length === 0) return [];
    const request = encodePropertyQuery(property, ids ?? []);
    const answer = await this.query('propertyQuery', property.name, request);
    return answer === undefined ? [] : decodeProperties(property, limit, answer);
  }

  async call<T>(method: MethodName, request: object): Promise<T> {
    const { request: requestType, response } = methods[method];
    const answer = await this.ask(method, method, encodeMessage(requestType, request), false);
    return decode(response, answer) as T;
  }

  beforeRepeating(prepare: () => Promise<void>): void {
    this.parts.repetition.beforeRepeating(prepare);
  }

  /** Asks the server itself, whatever is known of it; not tried again. */
  async check(): Promise<void> {
    this.refuseClosed();
    const target = this.targets.now;
    target.doubt();
    const ready = await this.targets.ready();
    await askHealth(ready, this.settings.connectTimeoutMs, this.settings);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.probing);
    for (const lane of Object.values(this.parts.lanes)) lane.close();
    this.targets.close();
  }

  private async write(plan: () => RowPlan, rows: Parameters<typeof sizeOf>[0]): Promise<void> {
    this.refuseClosed();
    if (rows.length === 0) return;
    this.wasAsked = true;
    const made = plan();
    const send = (): Promise<void> => this.writes.write(made, rows.length);
    await send();
    this.parts.repetition.remember(sizeOf(rows), send);
  }

  private async query(method: MethodName, name: string, request: Buffer | undefined): Promise<Buffer | undefined> {
    this.refuseClosed();
    if (request === undefined) return undefined;
    return this.ask(method, `the question to ${name}`, request, true);
  }

  private async ask(method: MethodName, what: string, request: Buffer, isData: boolean): Promise<Buffer> {
    this.refuseClosed();
    this.wasAsked = true;
    const lane = isData ? this.parts.lanes.queries : this.parts.lanes.others;
    return lane.run(() => this.calls.ask({ method, what, request, timeoutMs: this.settings.queryTimeoutMs, awaitsSchema: isData }));
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
    // Of interest to the next call only, which asks again.
    await this.targets.ready().catch(() => {});
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
