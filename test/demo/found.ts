/** Things that are compared one by one: sent against answered. */

export interface Found {
  readonly title: string;
  readonly sent: number;
  readonly answered: number;
  /** Those that are missing, that nobody sent, or that are not as they were sent. */
  readonly differing: number;
  /** Some of these. */
  readonly examples?: readonly string[];
}

const maxExamples = 3;

/** Texts without a partner in the other list, each as often as it lacks one. */
function unpaired(texts: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of others) counts.set(text, (counts.get(text) ?? 0) + 1);
  return texts.filter((text) => {
    const left = counts.get(text) ?? 0;
    counts.set(text, left - 1);
    return left <= 0;
  });
}

export function compareTexts(title: string, sent: readonly string[], answered: readonly string[]): Found {
  const lost = unpaired(sent, answered).map((text) => `sent:     ${text}`);
  const strange = unpaired(answered, sent).map((text) => `answered: ${text}`);
  const examples = [...lost.slice(0, maxExamples), ...strange.slice(0, maxExamples)];
  return { title, sent: sent.length, answered: answered.length, differing: lost.length + strange.length, examples };
}

export function areEqual(found: readonly Found[]): boolean {
  return found.every(({ differing }) => differing === 0);
}

export function printFound(found: readonly Found[]): void {
  for (const { title, sent, answered, differing, examples = [] } of found) {
    console.log(`  ${title.padEnd(38)}${`${sent} / ${answered}`.padStart(20)}   ${differing === 0 ? 'all equal' : `${differing} differ`}`);
    for (const example of examples) console.log(`    ${example}`);
  }
}
