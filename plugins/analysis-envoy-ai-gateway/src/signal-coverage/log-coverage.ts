/**
 * Counts the requests that access logs tell of, before any rule drops one. Envoy writes one line per request when it
 * ends, also for those that the gateway's own metrics and spans do not know of. Hot path.
 */
import {
  gatewayLayer, gatewayOperation, gatewayRequestGoesOn, gatewayStartUs, isGatewayLog, maxLogDurationMs,
  type AttributeShape, type AttributeValue, type Clock, type Log, type LogListener, type LogOnlyReason, type LogOrigin,
} from '@meterlark/core';
import type { CoverageCounter } from './coverage-counter.js';
import { textOf, type Readings } from './readings.js';
import type { RecentRequests } from './recent-requests.js';

const keys = {
  model: 'gen_ai.request.model', input: 'gen_ai.usage.input_tokens', output: 'gen_ai.usage.output_tokens', total: 'gen_ai.usage.total_tokens',
  code: 'response_code', duration: 'duration', requestId: 'x-request-id', client: 'downstream_remote_address', host: 'upstream_host',
  start: 'start_time', originPath: 'x-envoy-origin-path', path: 'request.path', mcp: 'mcp.method.name',
} as const;

interface Shape {
  /** Place of each key, -1 for none. */
  readonly at: Readonly<Record<keyof typeof keys, number>>;
  /** Whether logs like this are the gateway's. */
  readonly inLayer: boolean;
  readonly withoutLayer: boolean;
}

/** What is read of a line once, for several answers. */
interface Told {
  readonly code: number | undefined;
  readonly input: number | undefined;
  readonly output: number | undefined;
  /** The request asks how many tokens a text has: these are no tokens of its own. */
  readonly onlyCounts: boolean;
}

const maxCode = 999;

export interface LogCoverageParts {
  readonly counter: CoverageCounter;
  readonly recent: RecentRequests;
  readonly readings: Readings;
  readonly clock: Clock;
}

export class LogCoverage implements LogListener {
  private readonly shapes = new WeakMap<AttributeShape, Shape>();

  constructor(private readonly parts: LogCoverageParts) {}

  hasRoom(): boolean {
    return this.parts.counter.hasRoom();
  }

  listen(log: Log, origin: LogOrigin): void {
    const { shape, values } = log.attributes;
    const known = this.shapes.get(shape) ?? this.look(shape);
    if (origin.layer === gatewayLayer ? !known.inLayer : origin.layer !== '' || !known.withoutLayer) return;
    const model = textOf(values[known.at.model]);
    if (model === '' || textOf(values[known.at.mcp]) !== '') return;
    // Its begin line is no request of its own, and must not stand for the line of its end.
    if (gatewayRequestGoesOn(values[known.at.duration], values[known.at.input], values[known.at.output])) return;
    const startUs = log.timeUs || gatewayStartUs(textOf(values[known.at.start]));
    if (!this.isNew(log, origin, known, startUs)) return;
    const told = this.read(values, known);
    this.parts.counter.count(origin, {
      model, endUs: this.endOf(values, known, startUs), tokens: this.tokensOf(values, known, told), logOnly: logOnlyReason(values, known, told),
    });
  }

  private look(shape: AttributeShape): Shape {
    const at = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, shape.indexOf(key)])) as Shape['at'];
    const has = (key: string): boolean => shape.indexOf(key) >= 0;
    const known = { at, inLayer: isGatewayLog(gatewayLayer, has), withoutLayer: isGatewayLog('', has) };
    this.shapes.set(shape, known);
    return known;
  }

  private isNew({ attributes: { values }, spanId }: Log, { tenant }: LogOrigin, { at }: Shape, startUs: number): boolean {
    const { recent } = this.parts;
    const id = textOf(values[at.requestId]) || spanId || textOf(values[at.client]);
    // What does not say which it is cannot be recognised.
    if (id === '') return true;
    if (startUs > 0) return recent.isNew(tenant, startUs, id);
    // An id may stand on several requests: without a time they are told apart by how they ended.
    return recent.isNew(tenant, 0, [id, ...[at.duration, at.code, at.input, at.output].map((place) => textOf(values[place]))].join(' '));
  }

  private read(values: readonly AttributeValue[], { at }: Shape): Told {
    const { readings } = this.parts;
    return {
      code: readings.number(values[at.code], maxCode),
      input: readings.tokens(values[at.input]),
      output: readings.tokens(values[at.output]),
      onlyCounts: gatewayOperation(textOf(values[at.originPath]) || textOf(values[at.path])) === undefined,
    };
  }

  /** As the gateway's metrics and spans count them. */
  private tokensOf(values: readonly AttributeValue[], { at }: Shape, { input, output, onlyCounts }: Told): number {
    if (onlyCounts) return 0;
    return input === undefined && output === undefined ? (this.parts.readings.tokens(values[at.total]) ?? 0) : (input ?? 0) + (output ?? 0);
  }

  /** The time of a line is the start of its request; metrics and spans are of its end. */
  private endOf(values: readonly AttributeValue[], { at }: Shape, startUs: number): number {
    const { clock, readings } = this.parts;
    return startUs === 0 ? clock.now() * 1000 : startUs + (readings.number(values[at.duration], maxLogDurationMs) ?? 0) * 1000;
  }
}

/** Only said where the line has the key: a format of the user's own may leave it out. */
function logOnlyReason(values: readonly AttributeValue[], { at }: Shape, { code, onlyCounts }: Told): LogOnlyReason | undefined {
  if (at.host >= 0 && textOf(values[at.host]) === '') return 'no_backend';
  if (code === 0) return 'unfinished';
  const untold = !onlyCounts && at.input >= 0 && at.output >= 0 && textOf(values[at.input]) === '' && textOf(values[at.output]) === '';
  return code !== undefined && code < 400 && untold ? 'unfinished' : undefined;
}
