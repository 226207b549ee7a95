/** Hot path: spans as rows of the model `spans`, in one array that is used again. */
import {
  boundedName, boundedText, type CutEvents, type RecordAppender, type RecordValue, type Span, type TextLimits,
} from '@meterlark/core';
import { AttributeColumns } from './attribute-columns.js';
import type { Origin } from './origins.js';
import { eventsJson, linksJson, segmentJson } from './span-json.js';

export class SpanRows {
  private readonly columns: AttributeColumns;
  private readonly row: RecordValue[] = [];

  constructor(
    private readonly limits: TextLimits,
    private readonly cuts: CutEvents,
  ) {
    this.columns = new AttributeColumns(limits, cuts);
  }

  /** In the order of spansModel. */
  append(span: Span, origin: Origin, entry: boolean, to: RecordAppender): void {
    const { row, columns, cuts, limits } = this;
    columns.fill(span.attributes);
    row[0] = origin.origin.tenant;
    row[1] = span.startUs;
    row[2] = span.traceId;
    row[3] = span.spanId;
    row[4] = boundedName(span.parentSpanId, cuts.name);
    row[5] = boundedName(span.traceState, cuts.name);
    row[6] = origin.origin.service;
    row[7] = origin.origin.instance;
    row[8] = origin.origin.layer;
    row[9] = boundedName(span.name, cuts.name);
    row[10] = span.kind;
    row[11] = entry;
    row[12] = span.durationNs;
    row[13] = span.status;
    row[14] = boundedText(span.statusMessage, limits.maxValueBytes, cuts.value);
    row[15] = boundedName(span.peer, cuts.name);
    row[16] = origin.origin.protocol;
    row[17] = origin.scope;
    row[18] = origin.scopeVersion;
    row[19] = origin.resource;
    row[20] = origin.scopeAttributes;
    row[21] = columns.texts;
    row[22] = columns.numbers;
    row[23] = span.events.length === 0 ? '' : eventsJson(span, limits, cuts);
    row[24] = span.links.length === 0 ? '' : linksJson(span, limits, cuts);
    row[25] = span.segment === undefined ? '' : segmentJson(span.segment, cuts);
    to.append(row);
  }
}
