/** Hot path: what a batch changes in the running state, and the way back. */
import type { MetricState } from '@meterlark/core';
import type { OpenPart, OpenRow } from './open-row.js';

export interface PartChange {
  readonly row: OpenRow;
  readonly part: OpenPart;
  readonly sequenceBefore: number;
  readonly bytesBefore: number;
}

/**
 * When a write fails nobody knows which rows arrived. The running state goes back to what it was: the repetition writes the rows
 * whole with higher versions, whatever the store has of them, and it need not even have what it acknowledged before it died.
 */
export class BatchChanges {
  readonly parts: PartChange[] = [];
  private readonly grown: OpenPart[] = [];
  private readonly labels: string[] = [];
  private readonly before: (MetricState | undefined)[] = [];

  constructor(readonly sequence: number) {}

  add(row: OpenRow, labels: string, state: MetricState): void {
    const part = row.partFor(this.sequence, labels);
    if (part === undefined) return;
    if (part.added === 0) this.parts.push({ row, part, sequenceBefore: part.sequence, bytesBefore: part.bytes });
    this.grown.push(part);
    this.labels.push(labels);
    this.before.push(part.states.get(labels));
    part.merge(row.kind, labels, state);
  }

  undo(): void {
    for (let index = this.grown.length - 1; index >= 0; index -= 1) {
      const { states } = this.grown[index]!;
      const before = this.before[index];
      if (before === undefined) states.removeLast(this.labels[index]!);
      else states.set(this.labels[index]!, before);
    }
    for (const { part, sequenceBefore, bytesBefore } of this.parts) {
      part.sequence = sequenceBefore;
      // As full as before: the repetition must put every label set into the part that it was in.
      part.bytes = bytesBefore;
      part.added = 0;
    }
  }
}
