/** Hot path: entry spans as events of the sources Service, ServiceInstance and Endpoint, with SkyWalking's columns. */
import {
  boundedName, isEntry, type AttributeValue, type Counter, type SourceEmitter, type SourceSink, type SourceValue, type Span,
} from '@meterlark/core';
import type { Origin } from './origins.js';
import type { RecentEntries } from './recent-entries.js';
import type { ShapePlan } from './shape-plans.js';

const request = ['latency', 'status', 'httpResponseStatusCode', 'rpcStatusCode', 'type'];
const delay = 'tag["transmission.latency"]';

const types: Readonly<Record<string, string>> = { Http: 'HTTP', Database: 'DATABASE', MQ: 'MQ', GenAI: 'GenAI' };

/** One array for the events of all entry spans, because an emitter reads its values at once. */
export class Traffic {
  private readonly service: SourceEmitter;
  private readonly instance: SourceEmitter;
  private readonly endpoint: SourceEmitter;
  private readonly serviceValues: SourceValue[] = [];
  private readonly instanceValues: SourceValue[] = [];
  private readonly endpointValues: SourceValue[] = [];

  constructor(
    sources: SourceSink,
    private readonly nameCut: () => void,
    private readonly recent: RecentEntries,
    private readonly resent: Counter,
  ) {
    this.service = sources.open('Service', [...request, delay, 'name', 'layer', 'serviceInstanceName', 'endpointName']);
    this.instance = sources.open('ServiceInstance', [...request, 'name', 'serviceName', 'endpointName']);
    this.endpoint = sources.open('Endpoint', [...request, delay, 'name', 'serviceName', 'serviceInstanceName']);
  }

  /** What a span makes events of, once however often it is sent. */
  take(span: Span, origin: Origin, plan: ShapePlan, minute: number): void {
    const entry = isEntry(span);
    const isLogic = plan.logicEndpoint >= 0 && span.segment !== undefined && span.segment.type !== 'Exit';
    if (!entry && !isLogic) return;
    if (!this.recent.isNew(origin.origin.tenant, span)) {
      this.resent.add();
      return;
    }
    if (entry) this.entry(span, origin, plan, minute);
    if (isLogic) this.logicEndpoint(span, origin, span.attributes.values[plan.logicEndpoint], minute);
  }

  private entry(span: Span, origin: Origin, plan: ShapePlan, minute: number): void {
    const timeMs = span.startUs / 1000;
    const { service, instance } = origin;
    const endpoint = service.endpoint(boundedName(span.name, this.nameCut));
    const instanceName = instance?.name ?? '';
    const { serviceValues, instanceValues, endpointValues } = this;
    this.describe(span, plan);
    for (let place = 0; place < request.length; place += 1) {
      instanceValues[place] = serviceValues[place];
      endpointValues[place] = serviceValues[place];
    }
    endpointValues[5] = serviceValues[5];
    serviceValues[6] = service.name;
    serviceValues[7] = origin.origin.layer;
    serviceValues[8] = instanceName;
    serviceValues[9] = endpoint.name;
    this.service.emit(service.entity, timeMs, serviceValues);
    if (instance !== undefined) {
      instanceValues[5] = instance.name;
      instanceValues[6] = service.name;
      instanceValues[7] = endpoint.name;
      this.instance.emit(instance.entity, timeMs, instanceValues);
    }
    // A function is a service; SkyWalking makes no endpoint of it besides.
    if (span.segment?.layer === 'FAAS') return;
    endpoint.seen(minute);
    endpointValues[6] = endpoint.name;
    endpointValues[7] = service.name;
    endpointValues[8] = instanceName;
    this.endpoint.emit(endpoint.entity, timeMs, endpointValues);
  }

  /** An endpoint that an application named within a request or job; `le` is the text of SkyWalking's tag `x-le`. */
  private logicEndpoint(span: Span, origin: Origin, le: AttributeValue, minute: number): void {
    const logic = logicOf(span, le);
    if (logic === undefined) return;
    const endpoint = origin.service.endpoint(boundedName(logic.name, this.nameCut));
    endpoint.seen(minute);
    const values = this.endpointValues;
    values[0] = logic.latency;
    values[1] = logic.status;
    values.fill(undefined, 2, 6);
    values[4] = 'LOGIC';
    values[6] = endpoint.name;
    values[7] = origin.service.name;
    values[8] = origin.instance?.name ?? '';
    this.endpoint.emit(endpoint.entity, span.startUs / 1000, values);
  }

  private describe({ durationNs, status, attributes, segment, kind }: Span, plan: ShapePlan): void {
    const { values } = attributes;
    const row = this.serviceValues;
    row[0] = Math.round(durationNs / 1e6);
    row[1] = status !== 'error';
    row[2] = plan.httpStatus < 0 ? undefined : wholeNumber(values[plan.httpStatus]);
    row[3] = plan.rpcStatus < 0 ? undefined : scalarText(values[plan.rpcStatus]);
    row[5] = plan.transmissionLatency < 0 ? undefined : scalarText(values[plan.transmissionLatency]);
    if (segment !== undefined) row[4] = types[segment.layer] ?? 'RPC';
    else if (kind === 'consumer') row[4] = 'MQ';
    else if (plan.rpcSystem >= 0 && values[plan.rpcSystem] === 'grpc') row[4] = 'gRPC';
    else row[4] = plan.request === '' ? 'RPC' : plan.request;
  }
}

interface Logic {
  readonly name: string;
  /** ms */
  readonly latency: number;
  readonly status: boolean;
}

function logicOf(span: Span, le: AttributeValue): Logic | undefined {
  const told = parsed(le);
  if (told === undefined) return undefined;
  const isLocal = span.segment?.type === 'Local';
  if (isLocal && told['logic-span'] === true) {
    return { name: span.name, latency: Math.round(span.durationNs / 1e6), status: span.status !== 'error' };
  }
  const { name, latency, status } = told;
  if (typeof name !== 'string' || name === '' || typeof status !== 'boolean') return undefined;
  if (typeof latency !== 'number' || !(latency >= 0)) return undefined;
  return { name, latency: Math.round(latency), status };
}

function parsed(le: AttributeValue): Readonly<Record<string, unknown>> | undefined {
  if (typeof le !== 'string' || le.length > 4096) return undefined;
  try {
    const told: unknown = JSON.parse(le);
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Status codes come as numbers and as text. */
function wholeNumber(value: AttributeValue): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

function scalarText(value: AttributeValue): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
