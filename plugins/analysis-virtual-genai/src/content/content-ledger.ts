/** Rows of content for the spans that have any; bounded per span. */
import type { AttributeValue, RecordAppender, Span } from '@meterlark/core';

export interface ContentLimits {
  /** Characters of one span's content; what is longer is cut. */
  readonly maxLength: number;
  /** Parts (messages, arguments, …) of one span; further ones are left out. */
  readonly maxParts: number;
}

export class ContentLedger {
  private keys: string[] = [];
  private values: string[] = [];
  private length = 0;
  private cut = false;

  constructor(
    private readonly rows: RecordAppender,
    private readonly limits: ContentLimits,
    /** Called once for a span of which not everything was kept. */
    private readonly onCut: () => void,
  ) {}

  /** Between `write`s: a part of the current span. */
  readonly take = (key: string, value: AttributeValue): void => {
    if (value === undefined) return;
    const room = this.limits.maxLength - this.length;
    if (room <= 0 || this.keys.length >= this.limits.maxParts) {
      this.cut = true;
      return;
    }
    const text = asText(value);
    if (text.length > room) this.cut = true;
    this.keys.push(key);
    this.values.push(text.length > room ? text.slice(0, room) : text);
    this.length += Math.min(text.length, room);
  };

  /** Writes what was taken since the last call, if anything was. */
  write(tenant: string, { startUs, traceId, spanId }: Span): void {
    if (this.keys.length === 0) return;
    this.rows.append([tenant, startUs, traceId, spanId, { keys: this.keys, values: this.values }]);
    if (this.cut) this.onCut();
    this.keys = [];
    this.values = [];
    this.length = 0;
    this.cut = false;
  }
}

/** Deeper values are left out. */
const deepest = 32;

function asText(value: AttributeValue): string {
  return typeof value === 'string' ? value : JSON.stringify(plain(value, 0));
}

function plain(value: AttributeValue, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (depth >= deepest) return null;
  if (Array.isArray(value)) return (value as readonly AttributeValue[]).map((one) => plain(one, depth + 1));
  const entries = [...(value as ReadonlyMap<string, AttributeValue>)];
  return Object.fromEntries(entries.map(([key, one]) => [key, plain(one, depth + 1)]));
}
