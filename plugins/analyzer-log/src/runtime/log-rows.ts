/** Hot path: logs as rows of the model `logs`, in one array that is used again. */
import { logSequences, maxNameLength, type CutEvents, type RecordAppender, type RecordMap, type RecordValue } from '@meterlark/core';
import type { KeptLog } from './kept-log.js';

export class LogRows {
  private readonly row: RecordValue[] = [];
  private sequence = 0;

  constructor(private readonly cuts: CutEvents) {}

  /** In the order of logsModel. */
  append(kept: KeptLog, tags: RecordMap, to: RecordAppender): void {
    const { row } = this;
    const { log } = kept.input;
    row[0] = kept.tenant;
    row[1] = kept.timeUs;
    row[2] = kept.service;
    row[3] = kept.instance;
    row[4] = kept.endpoint;
    row[5] = kept.layer;
    row[6] = this.id(kept.traceId);
    row[7] = this.id(spanIdOf(kept));
    row[8] = this.id(kept.severity);
    row[9] = kept.outcome.contentType ?? log.contentType;
    row[10] = log.body;
    row[11] = tags;
    row[12] = kept.origin.scope;
    row[13] = kept.origin.resource;
    row[14] = this.sequence;
    this.sequence = (this.sequence + 1) % logSequences;
    to.append(row);
  }

  /** One longer than any that is made is none. */
  private id(text: string): string {
    if (text.length <= maxNameLength) return text;
    this.cuts.name();
    return '';
  }
}

function spanIdOf({ input, outcome: { segmentId, spanId } }: KeptLog): string {
  if (segmentId === undefined && spanId === undefined) return input.log.spanId;
  const segment = segmentId ?? input.segmentId;
  const number = spanId ?? input.spanId;
  return segment === '' || !(number >= 0) ? segment : `${segment}.${number}`;
}
