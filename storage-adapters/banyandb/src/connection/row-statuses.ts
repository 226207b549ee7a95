/** What the server says of one row. */
import type { MeterlarkError } from '@meterlark/core';
import { banyanErrors } from '../errors.js';

/** Of a row that no answer came for, because its stream broke off. */
export const unanswered = 'UNANSWERED';

type Kind = 'schema' | 'overloaded' | 'broken';

/** Names that may pass; every other one is for ever. INTERNAL_ERROR is also a schema that a node does not know yet. */
const passing: Readonly<Record<string, Kind>> = {
  STATUS_NOT_FOUND: 'schema',
  STATUS_EXPIRED_SCHEMA: 'schema',
  STATUS_SCHEMA_NOT_APPLIED: 'schema',
  STATUS_INTERNAL_ERROR: 'schema',
  STATUS_DISK_FULL: 'overloaded',
  [unanswered]: 'broken',
};

/** Of the new way to say that a version is old: the row is stored. */
export const stored: readonly string[] = ['STATUS_SUCCEED', 'STATUS_VERSION_DEPRECATED'];

export function mayPass(status: string): boolean {
  return Object.hasOwn(passing, status);
}

/** The error for rows whose tries are used up, or that no try can help: of several names the one of the most rows. */
export function errorOfRows(what: string, counts: ReadonlyMap<string, number>): MeterlarkError {
  const sorted = [...counts].sort((left, right) => right[1] - left[1]);
  const permanent = sorted.find(([status]) => !mayPass(status));
  const [status] = permanent ?? sorted[0]!;
  const reason = sorted.map(([name, count]) => `${count} rows ${name}`).join(', ');
  if (permanent !== undefined) return banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what, reason });
  if (passing[status] === 'schema') return banyanErrors.METERLARK_STORAGE_BANYANDB_SCHEMA_NOT_APPLIED({ what, reason });
  return banyanErrors.METERLARK_STORAGE_BANYANDB_OVERLOADED({ what, reason });
}
