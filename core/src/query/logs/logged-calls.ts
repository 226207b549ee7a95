/** The model call of which an access log tells: counted from the log itself, or from the span of the same call. */
import type { StoredLog } from '../../contract/log-query.js';
import type { RecordReader } from '../../contract/storage.js';
import { callOf } from '../../model/call-record.js';
import { callsModel } from '../../model/calls-model.js';
import { clockSlackUs, gatewayCallFacts, gatewayCallId, isGatewayLog } from '../../model/gateway-log.js';
import type { ModelCall } from '../../model/model-call.js';
import type { RecordCondition, RecordSelection } from '../../model/record-query.js';
import { hourMs } from '../../model/time.js';
import { traceIdSpellings } from '../../model/trace-id.js';
import { matchCalls, type ToldCall } from './call-matching.js';

type Range = Pick<RecordSelection, 'fromUs' | 'toUs'>;

/** How far apart a call and its log may begin: a call seen by the application began before the gateway knew of it. */
const reachUs = hourMs * 1000;
/** Calls of one read, and of one period: more than a gateway makes while a page of its logs is written. */
const callsAtOnce = 10_000;
const maxCandidates = 100_000;
/** Reads for logs whose ids no call has: logs far apart in time are looked for apart. */
const maxPeriods = 50;
const firstGapUs = 1_000_000;
/** What tells whether a call is the same. */
const viewColumns = [
  'id', 'time', 'request_id', 'trace_id', 'service', 'gateway', 'operation', 'model', 'request_model', 'status', 'duration_ms',
  'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens', 'reasoning_tokens', 'dialect',
];

export class LoggedCalls {
  constructor(private readonly reader: RecordReader) {}

  /** In the order of the logs. */
  async of(logs: readonly StoredLog[]): Promise<readonly (ModelCall | undefined)[]> {
    const told = logs.map(toldBy);
    const known = told.filter((one) => one !== undefined);
    if (known.length === 0) return told.map(() => undefined);
    const tenant = logs[0]?.tenant ?? '';
    const named = await this.named(tenant, known);
    const ownIds = new Set(named.map(({ id }) => id));
    const alike = await this.alike(tenant, known.filter(({ id }) => !ownIds.has(id)));
    const calls = new Map([...named, ...alike].map((call) => [call.id, call]));
    const matched = await matchCalls(known, [...calls.values()]);
    const whole = await this.whole(tenant, [...matched.values()]);
    return told.map((one) => (one === undefined ? undefined : whole.get(matched.get(one)?.id ?? '')));
  }

  /** Candidates are many, and read without what only a reader wants to see. */
  private async whole(tenant: string, calls: readonly ModelCall[]): Promise<ReadonlyMap<string, ModelCall>> {
    if (calls.length === 0) return new Map();
    const where: RecordCondition[] = [{ column: 'id', is: 'in', values: [...new Set(calls.map(({ id }) => id))] }];
    const rows = await this.reader.rows({ model: callsModel, tenant, where, ...spanOf(calls.map(({ startUs }) => startUs)), orderBy: [], limit: calls.length, offset: 0 });
    return new Map(rows.map((row) => [row['id'] as string, callOf(row)]));
  }

  /** Calls that have an id of one of the logs. */
  private async named(tenant: string, told: readonly ToldCall[]): Promise<readonly ModelCall[]> {
    const { fromUs, toUs } = spanOf(told.map(({ facts }) => facts.startUs));
    const range = { fromUs: fromUs - reachUs, toUs: toUs + reachUs };
    const idsBy: Readonly<Record<string, readonly string[]>> = {
      id: told.map(({ id }) => id),
      request_id: told.map(({ facts }) => facts.requestId).filter((id) => id !== ''),
      trace_id: told.map(({ facts }) => facts.traceId).filter((id) => id !== '').flatMap(traceIdSpellings),
    };
    const found: ModelCall[] = [];
    for (const [column, ids] of Object.entries(idsBy)) {
      if (ids.length > 0) found.push(...(await this.read(tenant, range, [{ column, is: 'in', values: [...new Set(ids)] }])));
    }
    return found;
  }

  /** Calls of the same gateways at the same time: neither side may have named an id that the other knows. */
  private async alike(tenant: string, told: readonly ToldCall[]): Promise<readonly ModelCall[]> {
    const services = [...new Set(told.map(({ facts }) => facts.service))];
    const found: ModelCall[] = [];
    for (const range of periodsOf(told)) found.push(...(await this.read(tenant, range, [{ column: 'service', is: 'in', values: services }])));
    return found;
  }

  private async read(tenant: string, range: Range, where: readonly RecordCondition[]): Promise<readonly ModelCall[]> {
    const orderBy = ['time', 'id'].map((column) => ({ column, descending: false }));
    const found: ModelCall[] = [];
    for (let offset = 0; offset < maxCandidates; offset += callsAtOnce) {
      const rows = await this.reader.rows({ model: callsModel, tenant, where, ...range, columns: viewColumns, orderBy, limit: callsAtOnce, offset });
      found.push(...rows.map(callOf));
      if (rows.length < callsAtOnce) break;
    }
    return found;
  }
}

function toldBy(log: StoredLog): ToldCall | undefined {
  const { timeUs, traceId, spanId, service, instance, layer, tags } = log;
  if (!isGatewayLog(layer, (key) => Object.hasOwn(tags, key))) return undefined;
  const facts = gatewayCallFacts((key) => (Object.hasOwn(tags, key) ? tags[key]! : ''), { timeUs, traceId, spanId, service, instance });
  return facts === undefined ? undefined : { facts, id: gatewayCallId(facts) };
}

/** The times of the logs, those that are near to each other together, in a bounded number of ranges. */
function periodsOf(told: readonly ToldCall[]): readonly Range[] {
  const ranges = told
    .map(({ facts: { startUs, durationMs = 0 } }) => ({ fromUs: startUs - clockSlackUs, toUs: startUs + durationMs * 1000 + clockSlackUs + 1 }))
    .sort((left, right) => left.fromUs - right.fromUs);
  for (let gapUs = firstGapUs; ; gapUs *= 2) {
    const merged: { fromUs: number; toUs: number }[] = [];
    for (const range of ranges) {
      const last = merged.at(-1);
      if (last === undefined || range.fromUs > last.toUs + gapUs) merged.push({ ...range });
      else last.toUs = Math.max(last.toUs, range.toUs);
    }
    if (merged.length <= maxPeriods) return merged;
  }
}

/** From the first of the times to the last, that included. */
function spanOf(timesUs: readonly number[]): Range {
  return timesUs.reduce<Range>(
    ({ fromUs, toUs }, time) => ({ fromUs: Math.min(fromUs, time), toUs: Math.max(toUs, time + 1) }),
    { fromUs: Infinity, toUs: -Infinity },
  );
}
