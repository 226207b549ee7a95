/** What an analyzer wants to know of a span's attributes, found out once per shape. */
import type { AttributeShape } from '@meterlark/core';

export interface ShapePlan {
  /** Place of each attribute whose values are listed, and which of the origin's lists it belongs to. */
  readonly facetPlaces: readonly number[];
  readonly facetLists: readonly number[];
  /** Places of what request sources show; -1 for none. */
  readonly httpStatus: number;
  readonly rpcStatus: number;
  readonly rpcSystem: number;
  readonly transmissionLatency: number;
  /** SkyWalking's mark of a logic endpoint. */
  readonly logicEndpoint: number;
  /** What the keys say of an entry; "" when they say nothing. */
  readonly request: '' | 'HTTP' | 'RPC' | 'MQ';
}

const httpStatusKeys = ['http.response.status_code', 'http.status_code', 'status_code'];
const rpcStatusKeys = ['rpc.response.status_code', 'rpc.grpc.status_code', 'rpc.status_code'];
const requestKeys = [
  ['MQ', ['messaging.system', 'messaging.operation', 'messaging.operation.type', 'mq.broker', 'mq.topic', 'mq.queue']],
  ['RPC', ['rpc.system', 'rpc.system.name', 'rpc.service', 'rpc.method']],
  ['HTTP', ['http.request.method', 'http.method', 'http.route', 'url.path', 'http.url']],
] as const;

export class ShapePlans {
  private readonly plans = new WeakMap<AttributeShape, ShapePlan>();

  /** `lists[n]`: key of the attributes whose values go to the n-th list. */
  constructor(private readonly lists: readonly string[]) {}

  of(shape: AttributeShape): ShapePlan {
    const known = this.plans.get(shape);
    if (known !== undefined) return known;
    const made = this.make(shape);
    this.plans.set(shape, made);
    return made;
  }

  private make(shape: AttributeShape): ShapePlan {
    const facets = this.lists.map((key, list) => [shape.indexOf(key), list] as const).filter(([place]) => place >= 0);
    return {
      facetPlaces: facets.map(([place]) => place),
      facetLists: facets.map(([, list]) => list),
      httpStatus: firstPlace(shape, httpStatusKeys),
      rpcStatus: firstPlace(shape, rpcStatusKeys),
      rpcSystem: firstPlace(shape, ['rpc.system', 'rpc.system.name']),
      transmissionLatency: shape.indexOf('transmission.latency'),
      logicEndpoint: shape.indexOf('x-le'),
      request: requestKeys.find(([, keys]) => firstPlace(shape, keys) >= 0)?.[0] ?? '',
    };
  }
}

function firstPlace(shape: AttributeShape, keys: readonly string[]): number {
  for (const key of keys) {
    const place = shape.indexOf(key);
    if (place >= 0) return place;
  }
  return -1;
}
