/** Rows and conditions of every kind by chance, the same in each run. */
import type { RecordCondition, RecordRow, RecordSelection } from '@meterlark/core';
import { oddTexts } from './models.js';

const long = 'x'.repeat(300);
const texts = [
  ...oddTexts, 'null', '1', '0', 'true', 'A', 'a', 'Ab', `${long}1`, `${long}2`, `${'ä'.repeat(260)}z`, 'a=b', 'a=b=c', 'é', 'e\u0301', '-', 'a b', "';--", '%3d', '%25',
];
const dayUs = 86_400e6;

export class Chance {
  private seed = 12_345;

  constructor(private readonly nowMs: number) {}

  /** Three hours ago. */
  get baseUs(): number {
    return (this.nowMs - 3 * 3_600_000) * 1000;
  }

  upTo(end: number): number {
    this.seed = (Math.imul(this.seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((this.seed / 0x80000000) * end);
  }

  of<T>(some: readonly T[]): T {
    return some[this.upTo(some.length)]!;
  }

  row(index: number): RecordRow {
    const keys = [this.of(texts), this.of(texts), 'k', 'k=', '=k'].filter(() => this.upTo(2) === 0);
    return {
      tenant: 't', time: this.timeUs(), id: this.of(texts) + this.of(['', `${index % 40}`]), word: this.of(texts), body: this.of(texts),
      whole: this.upTo(9) - 4, maybe: this.of([undefined, 0, 1, 2]), amount: this.of([0, -0, 1.5, NaN, Infinity, 1e300, 5e-324]),
      ratio: this.of([undefined, 0, 0.5]), on: this.upTo(2) === 1,
      tags: Object.fromEntries(keys.map((key) => [key, this.of(texts)])), counts: this.of([{}, { k: 1, [this.of(texts)]: 0 }]),
    };
  }

  /** Several in one microsecond and in one millisecond, of some days, some minutes ahead. */
  private timeUs(): number {
    const { baseUs } = this;
    return this.of([
      baseUs, baseUs + this.upTo(1000), baseUs + this.upTo(5_000_000), baseUs - this.upTo(5) * dayUs, (this.nowMs + 60_000 * this.upTo(30)) * 1000 + this.upTo(999),
      baseUs + this.upTo(10_000_000_000),
    ]);
  }

  private someOf<T>(make: () => T): readonly T[] {
    return Array.from({ length: 1 + this.upTo(4) }, make);
  }

  condition(): RecordCondition {
    const text = (): string => this.of(texts);
    return this.of<() => RecordCondition>([
      () => ({ column: 'id', is: 'in', values: this.someOf(() => text() + this.of(['', `${this.upTo(40)}`])) }),
      () => ({ column: 'word', is: 'in', values: this.someOf(text) }),
      () => ({ column: 'tags', key: this.of([...texts, 'k', 'k=', '=k']), is: 'in', values: this.someOf(text) }),
      () => ({ column: 'whole', is: 'in', values: [this.upTo(9) - 4, '1', true] }),
      () => ({ column: 'on', is: 'in', values: [this.upTo(2) === 1] }),
      () => ({ column: 'word', is: 'notIn', values: this.someOf(text) }),
      () => ({ column: 'maybe', is: this.of(['present', 'absent']) }),
      () => ({ column: 'whole', is: 'atLeast', value: this.upTo(4) }),
      () => ({ column: 'tags', key: this.of(['k', 'k=']), is: this.of(['present', 'absent']) }),
    ])();
  }

  range(): Pick<RecordSelection, 'fromUs' | 'toUs'> {
    const { baseUs } = this;
    const [fromUs, toUs] = this.of([
      [0, Number.MAX_SAFE_INTEGER], [baseUs, baseUs + 1000], [baseUs + 1, baseUs + 2], [baseUs - dayUs, baseUs + 3_000_000], [baseUs + 500, Number.MAX_SAFE_INTEGER],
    ]);
    return { fromUs, toUs };
  }
}
