/** Rows of `spansModel` as spans. Columns of JSON are parsed once per text: most rows share theirs. */
import type { StoredSpan } from '../../contract/trace-query.js';
import { LoopTurn } from '../../kernel/loop-turn.js';
import type { RecordRow } from '../../model/record.js';
import type { SegmentSpan, SpanKind, SpanProtocol, SpanStatus } from '../../model/span.js';
import type { StoredEvent, StoredLink } from '../../model/spans-model.js';
import { SharedAttributes } from '../stored-json.js';

/** For the rows of one answer. */
class SpanReader {
  private readonly shared = new SharedAttributes();

  read(row: RecordRow): StoredSpan {
    const text = (name: string): string => row[name] as string;
    const numbers = row['numbers'] as Readonly<Record<string, number>>;
    const attributes = row['attributes'] as Readonly<Record<string, string>>;
    return {
      traceId: text('trace_id'),
      spanId: text('span_id'),
      parentSpanId: text('parent_span_id'),
      traceState: text('trace_state'),
      service: text('service'),
      instance: text('instance'),
      layer: text('layer'),
      name: text('name'),
      kind: text('kind') as SpanKind,
      entry: row['entry'] === true,
      startUs: row['time'] as number,
      durationNs: row['duration_ns'] as number,
      status: text('status') as SpanStatus,
      statusMessage: text('status_message'),
      peer: text('peer'),
      protocol: text('protocol') as SpanProtocol,
      scope: text('scope'),
      scopeVersion: text('scope_version'),
      resource: this.shared.of(text('resource')),
      scopeAttributes: this.shared.of(text('scope_attributes')),
      attributes: { ...attributes, ...numbers },
      events: listOf(text('events')) as readonly StoredEvent[],
      links: listOf(text('links')) as readonly StoredLink[],
      segment: text('segment') === '' ? undefined : (JSON.parse(text('segment')) as SegmentSpan),
    };
  }
}

/** Many spans are long work: others get their turns meanwhile. */
export async function spansOf(rows: readonly RecordRow[]): Promise<readonly StoredSpan[]> {
  const reader = new SpanReader();
  const turn = new LoopTurn();
  const spans: StoredSpan[] = [];
  for (const row of rows) {
    spans.push(reader.read(row));
    if (turn.isOver) await turn.next();
  }
  return spans;
}

function listOf(json: string): readonly unknown[] {
  return json === '' ? [] : (JSON.parse(json) as readonly unknown[]);
}
