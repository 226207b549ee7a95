/**
 * Canonical label sets: pairs sorted by label name, as the JSON of a flat array of strings
 * (`["model","gpt-4o","provider","openai"]`), "" for a metric without labels. JSON, because label values may
 * hold any character that SkyWalking's `{k=v,k=v}` form cannot.
 */
export type LabelPair = readonly [name: string, value: string];

export function canonicalLabels(pairs: readonly LabelPair[]): string {
  if (pairs.length === 0) return '';
  const sorted = [...pairs].sort((left, right) => (left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0));
  return JSON.stringify(sorted.flat());
}

export function parseLabels(canonical: string): readonly LabelPair[] {
  if (canonical === '') return [];
  const flat = JSON.parse(canonical) as readonly string[];
  const pairs: LabelPair[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return pairs;
}
