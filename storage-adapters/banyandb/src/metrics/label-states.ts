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

  get(labels: string): MetricState | undefined {
    return this.first !== undefined && labels === this.firstLabels ? this.first : this.more?.get(labels);
  }

  merge(kind: MetricKind, labels: string, state: MetricState): void {
    const known = this.get(labels);
    this.set(labels, known === undefined ? state : mergeStates(kind, known, state));
  }

  set(labels: string, state: MetricState): void {
    if (this.first === undefined || labels === this.firstLabels) {
      this.firstLabels = labels;
      this.first = state;
    } else {
      this.more ??= new Map();
      this.more.set(labels, state);
    }
  }

  /** The label set that came last. */
  removeLast(labels: string): void {
    if (this.more?.delete(labels) !== true) this.first = undefined;
  }

  forEach(visit: (state: MetricState, labels: string) => void): void {
    if (this.first !== undefined) visit(this.first, this.firstLabels);
    this.more?.forEach(visit);
  }
}
