import { number } from './literal.js';

export interface ReadLimits {
  readonly timeoutMs: number;
  readonly maxRows: number;
}

/** Inside the statement, because settings given beside it stay with an embedded session. */
export function readSettings(limits: ReadLimits, threads = 1): string {
  const settings = [
    `max_execution_time = ${limits.timeoutMs / 1000}`,
    `max_result_rows = ${number(limits.maxRows)}`,
    "result_overflow_mode = 'throw'",
    // A dashboard's few thousand rows: a second thread measured more processor time and no less waiting.
    `max_threads = ${number(threads)}`,
  ];
  return `SETTINGS ${settings.join(', ')}`;
}

/** Longest statement: the engine reads 256 KiB unless told otherwise. */
export const statementBytes = 16 * 1024 * 1024;
export const usualStatementBytes = 250_000;

/** Room for a list inside a statement: a statement for thousands of entities costs more than several. */
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
