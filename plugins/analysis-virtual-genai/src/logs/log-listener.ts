/** Looks at every log: the gateway's access log of a model tells of a call. Hot path: others cost one look-up. */
import {
  gatewayCallFacts, gatewayCallId, gatewayLayer, isGatewayLog, minuteMs, noSpanAttributes,
  type AttributeShape, type AttributeValue, type Log, type LogListener, type LogOrigin, type SpanAttributes,
} from '@meterlark/core';
import type { LogCalls } from './log-calls.js';
import type { LogJoin } from './log-join.js';

export interface GatewayLogOptions {
  readonly calls: LogCalls;
  readonly join: LogJoin;
  /** Epoch ms. */
  readonly now: () => number;
  readonly acceptedMinutes: () => { readonly first: number; readonly last: number };
  readonly hasRoom: () => boolean;
}

const minuteUs = minuteMs * 1000;

/** Of a shape: whether its logs are the gateway's in its layer, and without a layer. */
interface Shape {
  readonly inLayer: boolean;
  readonly withoutLayer: boolean;
}

export class GatewayLogListener implements LogListener {
  private readonly shapes = new WeakMap<AttributeShape, Shape>();
  private current: SpanAttributes = noSpanAttributes;

  constructor(private readonly options: GatewayLogOptions) {}

  hasRoom(): boolean {
    return this.options.hasRoom();
  }

  listen(log: Log, origin: LogOrigin): void {
    const { shape } = log.attributes;
    const known = this.shapes.get(shape) ?? this.look(shape);
    if (origin.layer === gatewayLayer ? known.inLayer : origin.layer === '' && known.withoutLayer) this.tell(log, origin);
  }

  private tell(log: Log, origin: LogOrigin): void {
    const { calls, join, now } = this.options;
    const { timeUs, traceId, spanId } = log;
    this.current = log.attributes;
    const told = gatewayCallFacts(this.read, { timeUs, traceId, spanId, service: origin.service, instance: origin.instance });
    this.current = noSpanAttributes;
    if (told === undefined) return;
    const id = gatewayCallId(told);
    const isTimed = timeUs > 0 || this.isRecent(told.startUs);
    const facts = isTimed ? told : { ...told, startUs: now() * 1000 };
    const waiting = join.meet(origin.tenant, id, facts, isTimed);
    if (waiting !== undefined) join.wait(waiting, calls.details(id, facts, log, origin));
  }

  /** What only an attribute says was not looked at by anybody before: a call of another century is not stored as one. */
  private isRecent(startUs: number): boolean {
    const { first, last } = this.options.acceptedMinutes();
    const minute = Math.floor(startUs / minuteUs);
    return minute >= first && minute <= last;
  }

  private readonly read = (key: string): string => {
    const { shape, values } = this.current;
    const place = shape.indexOf(key);
    return place < 0 ? '' : textOf(values[place]);
  };

  private look(shape: AttributeShape): Shape {
    const has = (key: string): boolean => shape.indexOf(key) >= 0;
    const known = { inLayer: isGatewayLog(gatewayLayer, has), withoutLayer: isGatewayLog('', has) };
    this.shapes.set(shape, known);
    return known;
  }
}

/** Envoy sends texts; what others send as numbers reads the same. */
function textOf(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '';
}
