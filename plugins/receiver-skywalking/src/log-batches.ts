/**
 * Log records of one stream, by who sent them. A record that names no service is of the service, instance and layer of the
 * one before it, but for what it says itself; one that names a service speaks for itself.
 */
import type { Log, LogBatch, Resource, Scope } from '@meterlark/core';
import type { LogEntry } from './log-reader.js';

export interface LogBatchesParts {
  readonly resource: (service: string, instance: string, layer: string) => Resource;
  /** A record of a stream that never named a service. */
  readonly refused: () => void;
}

/** Records that go on together, and what of them was cut. */
export interface GatheredLogs {
  readonly batch: LogBatch;
  readonly bodiesCut: number;
  readonly tagsCut: number;
}

const scope: Scope = { name: '', version: '', attributes: new Map() };

export class LogBatches {
  private groups = new Map<Resource, Log[]>();
  private points = 0;
  private bodiesCut = 0;
  private tagsCut = 0;
  private held = 0;
  private service = '';
  private instance = '';
  private layer = '';

  constructor(private readonly parts: LogBatchesParts) {}

  /** Records that wait. */
  get size(): number {
    return this.points;
  }

  /** Bytes of their messages. */
  get bytes(): number {
    return this.held;
  }

  add(entry: LogEntry, bytes: number): void {
    this.nameSender(entry);
    if (this.service.trim() === '') {
      this.parts.refused();
      return;
    }
    const resource = this.parts.resource(this.service, this.instance, this.layer);
    const logs = this.groups.get(resource);
    if (logs === undefined) this.groups.set(resource, [entry.log]);
    else logs.push(entry.log);
    this.points += 1;
    this.held += bytes;
    this.tagsCut += entry.tagsCut;
    if (entry.isBodyCut) this.bodiesCut += 1;
  }

  /** What came so far; who sent it holds on. undefined when there is nothing. */
  take(): GatheredLogs | undefined {
    const { groups, points, bodiesCut, tagsCut } = this;
    if (points === 0) return undefined;
    this.groups = new Map();
    this.points = this.held = this.bodiesCut = this.tagsCut = 0;
    const resources = [...groups].map(([resource, logs]) => ({ resource, scopes: [{ scope, logs }] }));
    return { batch: { signal: 'logs', tenant: '', protocol: 'skywalking', resources, points }, bodiesCut, tagsCut };
  }

  private nameSender({ service, instance, layer }: LogEntry): void {
    if (service !== '') {
      this.service = service;
      this.instance = instance;
      this.layer = layer;
      return;
    }
    if (instance !== '') this.instance = instance;
    if (layer !== '') this.layer = layer;
  }
}
