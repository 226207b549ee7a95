/** Hot path: the log that rules read, in one object that is used again for the next. */
import { attributeOf, attributeText, noSpanAttributes, type Log, type LogContentType, type LogOrigin } from '@meterlark/core';
import type { LogInput } from '../plan.js';

/** The tag that a log's severity is, unless it has one of this name. */
export const levelTag = 'level';

const noLog: Log = {
  timeUs: 0, traceId: '', spanId: '', severity: '', contentType: 'text', body: '', attributes: noSpanAttributes, endpoint: '',
};
const noOrigin: LogOrigin = {
  tenant: '', protocol: 'otlp', service: '', instance: '', layer: '',
  resource: { attributes: new Map() }, scope: { name: '', version: '', attributes: new Map() },
};

export class CurrentLog implements LogInput {
  log = noLog;
  layer = '';
  timed = true;
  private origin = noOrigin;

  /** `timed`: it said itself when it was. Which layer it is of is said later. */
  set(log: Log, origin: LogOrigin, timed: boolean): void {
    this.log = log;
    this.origin = origin;
    this.timed = timed;
    this.layer = '';
  }

  /** Holds no log any longer. */
  clear(): void {
    this.set(noLog, noOrigin, true);
  }

  get service(): string {
    return this.origin.service;
  }

  get instance(): string {
    return this.origin.instance;
  }

  get endpoint(): string {
    return this.log.endpoint;
  }

  get timeMs(): number {
    return Math.floor(this.log.timeUs / 1000);
  }

  get traceId(): string {
    return this.log.traceId;
  }

  get segmentId(): string {
    const { spanId } = this.log;
    const end = this.segmentEnd();
    return end < 0 ? spanId : spanId.slice(0, end);
  }

  get spanId(): number {
    const end = this.segmentEnd();
    return end < 0 ? -1 : Number(this.log.spanId.slice(end + 1));
  }

  get contentType(): LogContentType {
    return this.log.contentType;
  }

  get body(): string {
    return this.log.body;
  }

  tag(key: string): string {
    const value = attributeOf(this.log.attributes, key);
    const text = typeof value === 'string' ? value : attributeText(value);
    return text === '' && key === levelTag ? this.log.severity : text;
  }

  tags(): Readonly<Record<string, string>> {
    const { keys } = this.log.attributes.shape;
    const tags = Object.fromEntries(keys.map((key) => [key, this.tag(key)]));
    const { severity } = this.log;
    return severity === '' || levelTag in tags ? tags : { ...tags, [levelTag]: severity };
  }

  sourceAttribute(key: string): string {
    return attributeText(this.origin.resource.attributes.get(key));
  }

  /** Of SkyWalking's `<segment>.<number>` the place of the dot; segments have dots, too. */
  private segmentEnd(): number {
    if (this.origin.protocol !== 'skywalking') return -1;
    const { spanId } = this.log;
    const end = spanId.lastIndexOf('.');
    return end > 0 && /^\d{1,9}$/.test(spanId.slice(end + 1)) ? end : -1;
  }
}
