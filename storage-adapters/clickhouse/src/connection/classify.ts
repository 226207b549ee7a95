/** Driver errors to the two classes the data path knows. */
import { isMeterlarkError, redactUrl, type MeterlarkError } from '@meterlark/core';
import { storageErrors } from '../errors.js';

export interface ServerFacts {
  readonly url: string;
  readonly user: string;
}

/** ClickHouse error numbers that may pass: time, memory, disk, parts, locks, network, Keeper, replicas. */
const passing: ReadonlySet<number> = new Set([
  3, 74, 75, 159, 160, 164, 198, 201, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 286, 319, 394, 425, 439, 473, 659, 667, 700,
  745, 999,
]);
const authentication: ReadonlySet<number> = new Set([192, 193, 194, 497, 516]);
const reasonLimit = 500;

export function toStorageError(error: unknown, server: ServerFacts): MeterlarkError {
  if (isMeterlarkError(error)) return error;
  const reason = reasonOf(error);
  const number = numberOf(error);
  if (number === undefined) return storageErrors.METERLARK_STORAGE_CLICKHOUSE_UNREACHABLE({ url: redactUrl(server.url), reason }, error);
  if (authentication.has(number)) {
    return storageErrors.METERLARK_STORAGE_CLICKHOUSE_AUTHENTICATION({ url: redactUrl(server.url), user: server.user, reason }, error);
  }
  if (passing.has(number)) return storageErrors.METERLARK_STORAGE_CLICKHOUSE_OVERLOADED({ number, reason }, error);
  return storageErrors.METERLARK_STORAGE_CLICKHOUSE_REFUSED({ number, reason }, error);
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message || error.name : String(error)).slice(0, reasonLimit);
}

/** chDB keeps the number in `clickhouseCode`, the HTTP client as text in `code` (where network errors have names). */
function numberOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('clickhouseCode' in error && typeof error.clickhouseCode === 'number') return error.clickhouseCode;
  if ('code' in error && typeof error.code === 'string' && /^\d+$/.test(error.code)) return Number(error.code);
  return undefined;
}
