/**
 * Counts the requests that access logs tell of, before any rule drops one. Envoy writes one line per request when it
 * ends, also for those that the gateway's own metrics and spans do not know of. Hot path.
 */
import type { AttributeShape, AttributeValue, Clock, Log, LogListener, LogOrigin } from '@meterlark/core';
import type { CoverageCounter, LogOnlyReason } from './coverage-counter.js';
import { layer } from './definitions.js';
import { numberOf, textOf } from './readings.js';
import type { RecentRequests } from './recent-requests.js';

const keys = {
  model: 'gen_ai.request.model', input: 'gen_ai.usage.input_tokens', output: 'gen_ai.usage.output_tokens', total: 'gen_ai.usage.total_tokens',
  code: 'response_code', duration: 'duration', requestId: 'x-request-id', client: 'downstream_remote_address', host: 'upstream_host',
  cluster: 'upstream_cluster', path: 'x-envoy-origin-path',
} as const;

/** Place of each key in a shape, -1 for none. */
type Places = Readonly<Record<keyof typeof keys, number>>;

export class LogCoverage implements LogListener {
  private readonly places = new WeakMap<AttributeShape, Places>();

  constructor(
    private readonly counter: CoverageCounter,
    private readonly recent: RecentRequests,
    private readonly clock: Clock,
  ) {}

  hasRoom(): boolean {
    return this.counter.hasRoom();
  }

  listen(log: Log, origin: LogOrigin): void {
    const { shape, values } = log.attributes;
    const places = this.places.get(shape) ?? this.find(shape);
    if (places.model < 0 || !isGateway(origin, places)) return;
    const model = textOf(values[places.model]);
    if (model === '' || !this.isNew(log, origin, places)) return;
    const input = numberOf(values[places.input]);
    const output = numberOf(values[places.output]);
    const tokens = input === undefined && output === undefined ? (numberOf(values[places.total]) ?? 0) : (input ?? 0) + (output ?? 0);
    this.counter.count(origin, { model, endUs: this.endOf(log, places), tokens, logOnly: logOnlyReason(values, places) });
  }

  private find(shape: AttributeShape): Places {
    const places = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, shape.indexOf(key)])) as Places;
    this.places.set(shape, places);
    return places;
  }

  private isNew({ attributes: { values }, timeUs, spanId }: Log, { tenant }: LogOrigin, places: Places): boolean {
    const id = textOf(values[places.requestId]) || spanId || textOf(values[places.client]);
    // What says neither when nor which it is cannot be recognised.
    return timeUs === 0 || id === '' || this.recent.isNew(tenant, timeUs, id);
  }

  /** The time of a line is the start of its request; metrics and spans are of its end. */
  private endOf({ attributes: { values }, timeUs }: Log, places: Places): number {
    return timeUs === 0 ? this.clock.now() * 1000 : timeUs + (numberOf(values[places.duration]) ?? 0) * 1000;
  }
}

function isGateway(origin: LogOrigin, { cluster, path }: Places): boolean {
  return origin.layer === layer || (origin.layer === '' && (cluster >= 0 || path >= 0));
}

/** Only said where the line has the key: a format of the user's own may leave it out. */
function logOnlyReason(values: readonly AttributeValue[], { host, code, input, output }: Places): LogOnlyReason | undefined {
  if (host >= 0 && textOf(values[host]) === '') return 'no_backend';
  const status = numberOf(values[code]);
  if (status === 0) return 'unfinished';
  const untold = input >= 0 && output >= 0 && textOf(values[input]) === '' && textOf(values[output]) === '';
  return status !== undefined && status < 400 && untold ? 'unfinished' : undefined;
}
