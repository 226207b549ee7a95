import { number } from './literal.js';

export interface ReadLimits {
  readonly timeoutMs: number;
  readonly maxRows: number;
}

/** Inside the statement, because settings given beside it stay with an embedded session. */
export function readSettings(limits: ReadLimits): string {
  const settings = [
    `max_execution_time = ${limits.timeoutMs / 1000}`,
    `max_result_rows = ${number(limits.maxRows)}`,
    "result_overflow_mode = 'throw'",
    // Dashboards ask for a few thousand rows: more threads cost more than they give.
    'max_threads = 2',
  ];
  return `SETTINGS ${settings.join(', ')}`;
}

/** Room for a list inside a statement: the parser refuses statements over 256 KiB. */
const listBytes = 96 * 1024;

/** Splits literals so that each list fits into one statement. */
export function lists(literals: readonly string[]): string[][] {
  const groups: string[][] = [];
  let size = Infinity;
  for (const literal of literals) {
    const bytes = Buffer.byteLength(literal) + 2;
    if (size + bytes > listBytes) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(literal);
    size += bytes;
  }
  return groups;
}
