/** The model call of which an access log tells: counted from the log itself, or from the span of the same call. */
import type { StoredLog } from '../../contract/log-query.js';
import type { RecordReader } from '../../contract/storage.js';
import { callOf } from '../../model/call-record.js';
import { callsModel } from '../../model/calls-model.js';
import { clockSlackUs, gatewayCallFacts, gatewayCallId, isGatewayLog, isSameCall, type GatewayCallFacts } from '../../model/gateway-log.js';
import type { ModelCall } from '../../model/model-call.js';
import type { RecordCondition, RecordSelection } from '../../model/record-query.js';
import { hourMs } from '../../model/time.js';
import { canonicalTraceId, traceIdSpellings } from '../../model/trace-id.js';

/** How far apart a call and its log may begin: a call seen by the application began before the gateway knew of it. */
const reachUs = hourMs * 1000;
/** Calls of one lookup; a trace has seldom more. */
const maxCandidates = 10_000;
/** Logs without any id, each of which is looked up by itself. */
const maxAlike = 100;

interface Told {
  readonly log: StoredLog;
  readonly facts: GatewayCallFacts;
  readonly id: string;
}

export class LoggedCalls {
  constructor(private readonly reader: RecordReader) {}

  /** In the order of the logs. */
  async of(logs: readonly StoredLog[]): Promise<readonly (ModelCall | undefined)[]> {
    const told = logs.map(toldBy);
    const known = told.filter((one) => one !== undefined);
    const found = new Map<Told, ModelCall>();
    if (known.length > 0) {
      await this.findBy('id', known, found, ({ id }) => [id]);
      await this.findBy('request_id', known, found, ({ facts: { requestId } }) => (requestId === '' ? [] : [requestId]));
      await this.findBy('trace_id', known, found, ({ facts: { traceId } }) => (traceId === '' ? [] : traceIdSpellings(traceId)));
      await this.findAlike(known.filter((one) => !found.has(one)).slice(0, maxAlike), found);
    }
    return told.map((one) => (one === undefined ? undefined : found.get(one)));
  }

  /** One read for all logs that are not found yet. */
  private async findBy(column: string, told: readonly Told[], found: Map<Told, ModelCall>, keysOf: (one: Told) => readonly string[]): Promise<void> {
    const missing = told.filter((one) => !found.has(one) && keysOf(one).length > 0);
    if (missing.length === 0) return;
    const values = [...new Set(missing.flatMap(keysOf))];
    const calls = await this.read(missing, [{ column, is: 'in', values }]);
    const byKey = new Map<string, ModelCall[]>();
    for (const call of calls) byKey.set(keyOf(column, call), [...(byKey.get(keyOf(column, call)) ?? []), call]);
    for (const one of missing) {
      const candidates = keysOf(one).flatMap((key) => byKey.get(column === 'trace_id' ? canonicalTraceId(key) : key) ?? []);
      const call = candidates.find((candidate) => candidate.id === one.id) ?? candidates.find((candidate) => isSameCall(one.facts, candidate));
      if (call !== undefined) found.set(one, call);
    }
  }

  /** Neither names an id that the other knows: the gateway, the model, the tokens and the times must do. */
  private async findAlike(told: readonly Told[], found: Map<Told, ModelCall>): Promise<void> {
    for (const one of told) {
      const { startUs, durationMs = 0 } = one.facts;
      const range = { fromUs: startUs - clockSlackUs, toUs: startUs + durationMs * 1000 + clockSlackUs + 1 };
      const calls = await this.readIn(range, one.log.tenant, [{ column: 'service', is: 'in', values: [one.log.service] }]);
      const call = calls.find((candidate) => isSameCall(one.facts, candidate));
      if (call !== undefined) found.set(one, call);
    }
  }

  private read(told: readonly Told[], where: readonly RecordCondition[]): Promise<readonly ModelCall[]> {
    const times = told.map(({ log }) => log.timeUs);
    const range = { fromUs: Math.min(...times) - reachUs, toUs: Math.max(...times) + reachUs };
    return this.readIn(range, told[0]?.log.tenant ?? '', where);
  }

  private async readIn(range: Pick<RecordSelection, 'fromUs' | 'toUs'>, tenant: string, where: readonly RecordCondition[]): Promise<readonly ModelCall[]> {
    const orderBy = [{ column: 'time', descending: false }];
    const rows = await this.reader.rows({ model: callsModel, tenant, where, ...range, orderBy, limit: maxCandidates, offset: 0 });
    return rows.map(callOf);
  }
}

function toldBy(log: StoredLog): Told | undefined {
  const { timeUs, traceId, spanId, service, instance, layer, tags } = log;
  if (!isGatewayLog(layer, (key) => Object.hasOwn(tags, key))) return undefined;
  const facts = gatewayCallFacts((key) => (Object.hasOwn(tags, key) ? tags[key]! : ''), { timeUs, traceId, spanId, service, instance });
  return facts === undefined ? undefined : { log, facts, id: gatewayCallId(facts) };
}

function keyOf(column: string, call: ModelCall): string {
  if (column === 'id') return call.id;
  return column === 'request_id' ? call.requestId : canonicalTraceId(call.traceId);
}
