import type { AttributeValue, Resource, SelfMetrics } from '@meterlark/core';
import type { ZipkinEndpoint } from './zipkin-span.js';

/** Zipkin's own word for a service that nobody named. */
const unnamed = 'unknown';

/** Endpoints with longer names are not kept, so that their number bounds their memory. */
const longestKey = 512;

/**
 * One resource for each local endpoint, so that equal ones are the same object from request to request. Two
 * generations: a full young one becomes the old one, and the old one is forgotten.
 */
export class EndpointResources {
  private young = new Map<string, Resource>();
  private old = new Map<string, Resource>();
  private evicted = 0;

  /** `maxEntries` of one generation. */
  constructor(
    private readonly maxEntries: number,
    metrics: SelfMetrics,
  ) {
    const prefix = 'meterlark_receiver_zipkin_endpoints';
    metrics.observe(prefix, 'Local endpoints kept to be recognised.', () => this.young.size + this.old.size);
    metrics.observe(`${prefix}_evicted_total`, 'Local endpoints forgotten because there were too many.', () => this.evicted);
  }

  of({ service, ip, port }: ZipkinEndpoint): Resource {
    const key = `${ip} ${port} ${service}`;
    const known = this.young.get(key);
    if (known !== undefined) return known;
    const resource = this.old.get(key) ?? { attributes: attributesOf({ service, ip, port }) };
    if (key.length <= longestKey) this.keep(key, resource);
    return resource;
  }

  private keep(key: string, resource: Resource): void {
    if (this.young.size >= this.maxEntries) {
      this.evicted += this.old.size;
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, resource);
    this.old.delete(key);
  }
}

function attributesOf({ service, ip, port }: ZipkinEndpoint): ReadonlyMap<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>([['service.name', service === '' ? unnamed : service]]);
  if (ip !== '') attributes.set('net.host.ip', ip);
  if (port !== 0) attributes.set('net.host.port', port);
  return attributes;
}
