/** What a failed call means: which error it is, and whether it is tried again. */
import type { MeterlarkError } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import { CallFailure, grpcStatus } from './calls.js';

/**
 * - away: nobody answers there; another target is tried
 * - late: the deadline passed: the server may be busy with it, so a query is not asked again
 * - overloaded: it answers that it has no room
 * - schema: it does not know the object (yet)
 * - credentials: refused, to a client that was taken before: no try soon helps, but somebody may put them right
 * - refused: as often as it is tried
 * - oversized: one side finds the message too large
 */
export type Meaning = 'away' | 'late' | 'overloaded' | 'schema' | 'credentials' | 'refused' | 'oversized';

export interface Attempt {
  /** What was asked, for the message. */
  readonly what: string;
  readonly target: string;
  readonly user: string;
}

const byStatus: Readonly<Record<number, Meaning>> = {
  [grpcStatus.unavailable]: 'away',
  [grpcStatus.aborted]: 'away',
  [grpcStatus.cancelled]: 'away',
  [grpcStatus.deadlineExceeded]: 'late',
  [grpcStatus.resourceExhausted]: 'overloaded',
  [grpcStatus.unauthenticated]: 'credentials',
  [grpcStatus.permissionDenied]: 'credentials',
};

/**
 * Where the number does not tell. The server gives UNKNOWN to most errors of queries, also to those of a node behind a liaison, whose own number
 * is in the text; RESOURCE_EXHAUSTED is its memory, and both sides' word for a message that is too large; INTERNAL is also
 * what the transport calls a broken connection.
 */
const byText: readonly { readonly status: readonly number[]; readonly text: RegExp; readonly meaning: Meaning }[] = [
  { status: [grpcStatus.resourceExhausted], text: /larger than max/i, meaning: 'oversized' },
  { status: [grpcStatus.internal], text: /RST_STREAM|GOAWAY|ECONNRESET|socket/, meaning: 'away' },
  { status: [grpcStatus.unknown, grpcStatus.internal, grpcStatus.notFound], text: /not found|doesn't exist/i, meaning: 'schema' },
  { status: [grpcStatus.unknown, grpcStatus.internal], text: /code = Unavailable|connection refused|no nodes? available/i, meaning: 'away' },
  { status: [grpcStatus.unknown, grpcStatus.internal], text: /deadline exceeded|DeadlineExceeded/i, meaning: 'late' },
  { status: [grpcStatus.unknown, grpcStatus.internal], text: /memory|disk full|ResourceExhausted/i, meaning: 'overloaded' },
  // A panic: rows came for a day that it was just removing.
  { status: [grpcStatus.unknown, grpcStatus.internal], text: /directory is exist/i, meaning: 'overloaded' },
];

export function meaningOf({ status, details }: CallFailure): Meaning {
  const told = byText.find((entry) => entry.status.includes(status) && entry.text.test(details));
  return told?.meaning ?? byStatus[status] ?? 'refused';
}

/**
 * Of a stream of rows. Rows are checked before they are sent, so that an error of the server's own which nobody knows is one of its state:
 * while it stops its streams fail with whatever goes first ("send on closed channel"). To give the rows up would lose them.
 */
export function meaningOfRows(failure: CallFailure): Meaning {
  const meaning = meaningOf(failure);
  const isItsOwn = failure.status === grpcStatus.unknown || failure.status === grpcStatus.internal || failure.status === grpcStatus.dataLoss;
  return meaning === 'refused' && isItsOwn ? 'overloaded' : meaning;
}

/** Whether another try may help soon. */
export function isPassing(meaning: Meaning): boolean {
  return meaning === 'away' || meaning === 'overloaded' || meaning === 'schema';
}

export function errorOf(failure: CallFailure, meaning: Meaning, { what, target, user }: Attempt): MeterlarkError {
  const reason = failure.details;
  switch (meaning) {
    case 'away':
      return banyanErrors.METERLARK_STORAGE_BANYANDB_UNREACHABLE({ target, reason }, failure);
    case 'late':
    case 'overloaded':
      return banyanErrors.METERLARK_STORAGE_BANYANDB_OVERLOADED({ what, reason }, failure);
    case 'schema':
      return banyanErrors.METERLARK_STORAGE_BANYANDB_SCHEMA_NOT_APPLIED({ what, reason }, failure);
    case 'credentials':
      return banyanErrors.METERLARK_STORAGE_BANYANDB_CREDENTIALS_REFUSED({ target, user: shownUser(user), reason }, failure);
    case 'oversized':
      return banyanErrors.METERLARK_STORAGE_BANYANDB_OVERSIZED({ what, reason }, failure);
    case 'refused':
      return banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what, reason }, failure);
  }
}

export function shownUser(user: string): string {
  return user === '' ? '(none)' : user;
}

/**
 * Whether a question fails because of the size of its answer, so that a smaller one may not: a message that is too large, or more rows
 * than the server gives a query memory for, which it says without a number of its own.
 */
export function isTooLarge(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof CallFailure)) return false;
  const meaning = meaningOf(cause);
  return meaning === 'oversized' || (meaning === 'overloaded' && cause.status !== grpcStatus.resourceExhausted);
}
