/** Sends runs as Zipkin v2 JSON, as an application instrumented for Zipkin does. */
import { randomBytes } from 'node:crypto';
import type { RunSpan } from './spans.js';

export class ZipkinRuns {
  private readonly spans: unknown[] = [];

  constructor(
    private readonly url: string,
    private readonly service: string,
  ) {}

  /** Gives the trace's id. */
  record(span: RunSpan): string {
    const traceId = randomBytes(16).toString('hex');
    this.write(span, traceId);
    return traceId;
  }

  async send(): Promise<void> {
    const body = JSON.stringify(this.spans.splice(0));
    const answer = await fetch(`${this.url}/api/v2/spans`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (answer.status !== 202) throw new Error(`${this.url} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  }

  private write({ name, kind, startMs, durationMs, tags, failed, children }: RunSpan, traceId: string, parentId?: string): void {
    const id = randomBytes(8).toString('hex');
    const texts = Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]));
    this.spans.push({
      traceId, id, ...(parentId === undefined ? {} : { parentId }), name, ...(kind === 'internal' ? {} : { kind: kind.toUpperCase() }),
      timestamp: startMs * 1000, duration: durationMs * 1000, localEndpoint: { serviceName: this.service },
      tags: failed === undefined ? texts : { ...texts, error: failed },
    });
    for (const child of children) this.write(child, traceId, id);
  }
}
