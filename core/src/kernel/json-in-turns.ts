import { LoopTurn } from './loop-turn.js';

/** Values that are written in one go: well below a millisecond. */
const fewValues = 1000;

/** JSON.stringify of plain data that does not hold up the event loop, however large they are. */
export async function jsonInTurns(value: unknown, turn = new LoopTurn()): Promise<string> {
  if (typeof value !== 'object' || value === null || !isLarge(value)) return textOf(value);
  const parts: string[] = [];
  const named = Array.isArray(value) ? undefined : Object.keys(value);
  for (const [place, one] of Object.values(value).entries()) {
    if (named !== undefined && one === undefined) continue;
    const text = isLarge(one) ? await jsonInTurns(one, turn) : textOf(one);
    parts.push(named === undefined ? text : `${JSON.stringify(named[place])}:${text}`);
    if (turn.isOver) await turn.next();
  }
  return named === undefined ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

/** undefined in a list is null, as JSON has it. */
function textOf(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}

function isLarge(value: unknown): boolean {
  return countUp(value, 0) > fewValues;
}

/** Stops soon after there are too many. */
function countUp(value: unknown, before: number): number {
  let count = before + 1;
  if (typeof value !== 'object' || value === null) return count;
  for (const one of Object.values(value)) {
    count = countUp(one, count);
    if (count > fewValues) return count;
  }
  return count;
}
