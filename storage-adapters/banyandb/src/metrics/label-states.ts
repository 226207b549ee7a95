import { mergeStates, type MetricKind, type MetricState } from '@meterlark/core';

/** Label set to state. Most rows have one label set, and there are hundreds of thousands of rows: no map before the second. */
export class LabelStates {
  private firstLabels = '';
  private first: MetricState | undefined;
  private more: Map<string, MetricState> | undefined;

  get size(): number {
    return (this.first === undefined ? 0 : 1) + (this.more?.size ?? 0);
  }

  has(labels: string): boolean {
    if (this.first !== undefined && labels === this.firstLabels) return true;
    return this.more?.has(labels) === true;
  }

  merge(kind: MetricKind, labels: string, state: MetricState): void {
    if (this.first === undefined) {
      this.firstLabels = labels;
      this.first = state;
    } else if (labels === this.firstLabels) {
      this.first = mergeStates(kind, this.first, state);
    } else {
      this.more ??= new Map();
      const known = this.more.get(labels);
      this.more.set(labels, known === undefined ? state : mergeStates(kind, known, state));
    }
  }

  forEach(visit: (state: MetricState, labels: string) => void): void {
    if (this.first !== undefined) visit(this.first, this.firstLabels);
    this.more?.forEach(visit);
  }
}
