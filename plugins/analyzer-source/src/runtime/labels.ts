/** Hot path: the slot of a label set of one entity, by a look-up per label. */
import { canonicalLabels } from '@meterlark/core';

/** Label sets of an entity whose slots are known; beyond it they are asked for again. */
const mostKept = 10_000;
/** Characters of a label value that are kept. */
const mostCharacters = 1024;
const overflowValue = '_overflow';

interface Level {
  readonly below: Map<string, Level | number>;
}

export class LabelSlots {
  private root: Map<string, Level | number> = new Map();
  private size = 0;
  private minute = -1;

  constructor(
    private readonly names: readonly string[],
    /** Most label sets in a minute; what comes on top has the value `_overflow`. */
    private readonly limit: number | undefined,
    private readonly slotOf: (labels: string) => number,
    private readonly overflowed: () => void,
  ) {}

  /** `values`: one text per name. */
  find(values: readonly string[], minute: number): number {
    if (this.limit !== undefined && minute !== this.minute) this.clear(minute);
    const last = values.length - 1;
    let level = this.root;
    for (let index = 0; index < last; index += 1) {
      const next = level.get(values[index]!);
      if (next === undefined) return this.make(values);
      level = (next as Level).below;
    }
    return (level.get(values[last]!) as number | undefined) ?? this.make(values);
  }

  private make(values: readonly string[]): number {
    if (this.size >= (this.limit ?? mostKept)) {
      if (this.limit !== undefined) return this.overflow();
      this.clear(this.minute);
    }
    const slot = this.slotOf(canonicalLabels(this.names.map((name, index) => [name, cut(values[index] ?? '')])));
    const last = values.length - 1;
    let level = this.root;
    for (const value of values.slice(0, last)) {
      let next = level.get(value) as Level | undefined;
      if (next === undefined) level.set(value, (next = { below: new Map() }));
      level = next.below;
    }
    level.set(values[last] ?? '', slot);
    this.size += 1;
    return slot;
  }

  private overflow(): number {
    this.overflowed();
    return this.slotOf(canonicalLabels(this.names.map((name) => [name, overflowValue])));
  }

  private clear(minute: number): void {
    this.root = new Map();
    this.size = 0;
    this.minute = minute;
  }
}

function cut(value: string): string {
  return value.length > mostCharacters ? `${value.slice(0, mostCharacters)}…` : value;
}
