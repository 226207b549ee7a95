/** The answers of two servers that hold the same data. */
import { expect } from 'vitest';
import type { Question } from './every-question.js';
import type { RunningServer } from './support.js';

export interface Compared {
  /** Questions that nothing was found for. */
  readonly empty: number;
  readonly reordered: readonly string[];
  readonly refused: readonly string[];
}

/**
 * No value may differ. Where lists hold the same elements in another order, these must be equal in what the list is ordered by, which
 * nobody can see from outside: they are compared as sets, and counted.
 */
export async function compareAnswers(questions: readonly Question[], expected: RunningServer, answering: RunningServer): Promise<Compared> {
  const reordered: string[] = [];
  const refused: string[] = [];
  let empty = 0;
  for (const { title, ask } of questions) {
    const [wanted, answered] = await Promise.all([outcome(ask, expected), outcome(ask, answering)]);
    if (isEmpty(wanted)) empty += 1;
    if (isRefusal(wanted)) refused.push(title);
    const [one, other] = [JSON.stringify(wanted), JSON.stringify(answered)];
    if (one === other) continue;
    reordered.push(title);
    expect(sorted(answered), title).toEqual(sorted(wanted));
  }
  return { empty, reordered, refused };
}

/** A refusal is an answer too. */
async function outcome(ask: Question['ask'], server: RunningServer): Promise<unknown> {
  try {
    return await ask(server);
  } catch (error) {
    return { refused: error instanceof Error ? error.message.replace(/http:\S+/, '') : String(error) };
  }
}

function isRefusal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

/** Every list in the order of its elements' text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  if (typeof value === 'string' && /^[[{]/.test(value)) return sorted(JSON.parse(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]));
}

function isEmpty(value: unknown): boolean {
  return !/"[^"]*":(\d|"[^"]|true|\[[^\]])/.test(JSON.stringify(value));
}
