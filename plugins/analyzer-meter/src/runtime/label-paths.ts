/** Hot path: finds what is kept for a set of labels by walking name and value, so that no text is put together for a key. */

export type SampleLabels = Readonly<Record<string, string>>;

interface Knot<T> {
  kept: T | undefined;
  steps: Map<string, Map<string, Knot<T>>> | undefined;
}

/** Sets that differ in order only are kept apart. Labels are read as given: bound their length before. */
export class LabelPaths<T> {
  private readonly root: Knot<T> = { kept: undefined, steps: undefined };

  find(labels: SampleLabels): T | undefined {
    let knot: Knot<T> | undefined = this.root;
    for (const name in labels) {
      knot = knot.steps?.get(name)?.get(labels[name] as string);
      if (knot === undefined) return undefined;
    }
    return knot.kept;
  }

  /** What it takes the place of: nobody else holds that any longer. */
  add(labels: SampleLabels, kept: T): T | undefined {
    let knot = this.root;
    for (const name in labels) {
      knot.steps ??= new Map<string, Map<string, Knot<T>>>();
      const values = entry(knot.steps, name, () => new Map<string, Knot<T>>());
      knot = entry(values, labels[name] as string, () => ({ kept: undefined, steps: undefined }));
    }
    const before = knot.kept;
    knot.kept = kept;
    return before;
  }

  /** Takes out what `goes` says, and the ways that lead nowhere then. true when nothing is left. */
  sweep(goes: (kept: T) => boolean): boolean {
    return isBare(this.root, goes);
  }
}

/** As deep as a set has labels. */
function isBare<T>(knot: Knot<T>, goes: (kept: T) => boolean): boolean {
  if (knot.kept !== undefined && goes(knot.kept)) knot.kept = undefined;
  const { steps } = knot;
  if (steps === undefined) return knot.kept === undefined;
  for (const [name, values] of steps) {
    for (const [value, inner] of values) if (isBare(inner, goes)) values.delete(value);
    if (values.size === 0) steps.delete(name);
  }
  if (steps.size === 0) knot.steps = undefined;
  return knot.kept === undefined && steps.size === 0;
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
