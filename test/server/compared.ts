/** The answers of two servers that hold the same data. */
import { expect } from 'vitest';
import type { Ordered, Question } from './every-question.js';
import type { RunningServer } from './support.js';

export interface Compared {
  /** Questions that nothing was found for. */
  readonly empty: number;
  readonly reordered: readonly string[];
  readonly refused: readonly string[];
}

/**
 * No value may differ, and no order: but elements of a list that are equal in what it is ordered by, as the question says, may
 * change places.
 */
export async function compareAnswers(questions: readonly Question[], expected: RunningServer, answering: RunningServer): Promise<Compared> {
  const reordered: string[] = [];
  const refused: string[] = [];
  let empty = 0;
  for (const { title, ask, order } of questions) {
    const [wanted, answered] = await Promise.all([outcome(ask, expected), outcome(ask, answering)]);
    if (isEmpty(wanted)) empty += 1;
    if (isRefusal(wanted)) refused.push(title);
    if (JSON.stringify(wanted) === JSON.stringify(answered)) continue;
    reordered.push(title);
    if (order === undefined || isRefusal(wanted) || isRefusal(answered)) expect(answered, title).toEqual(wanted);
    else expect(inOrder(order(answered)), title).toEqual(inOrder(order(wanted)));
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

/** Elements of one key, which lie together, in the order of their text. */
function inOrder(elements: readonly Ordered[]): readonly (readonly [key: unknown, element: unknown])[] {
  const placed = elements.map(({ key, element }, place) => ({ key, text: JSON.stringify(element), place }));
  const starts = placed.map(({ key }, place) => (place > 0 && placed[place - 1]!.key === key ? -1 : place));
  const groups = starts.map((start, place) => (start >= 0 ? start : starts.slice(0, place).findLast((one) => one >= 0)!));
  const sorted = placed.toSorted((left, right) => groups[left.place]! - groups[right.place]! || (left.text < right.text ? -1 : 1));
  return sorted.map(({ key, text }) => [key, JSON.parse(text)]);
}

function isEmpty(value: unknown): boolean {
  return !/"[^"]*":(\d|"[^"]|true|\[[^\]])/.test(JSON.stringify(value));
}
