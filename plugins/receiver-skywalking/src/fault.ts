/** Why a message was refused, and how that becomes an error for its sender. */
import { type MeterlarkError, WireFault } from '@meterlark/core';
import { receiverErrors } from './errors.js';

/** Also labels of the counters of what was refused. */
export type UnusableReason =
  | 'malformed'
  | 'too_many_items'
  | 'no_id'
  | 'no_service'
  | 'no_instance'
  | 'no_span'
  | 'bad_span'
  | 'bad_time'
  | 'no_name'
  | 'bad_histogram'
  | 'long_name';

/** A message that can be read and not be used. */
export class UnusableMessage extends Error {
  constructor(readonly reason: UnusableReason) {
    super(reason);
    this.name = 'UnusableMessage';
  }
}

export function unusable(reason: UnusableReason): never {
  throw new UnusableMessage(reason);
}

/** undefined for errors that are not about what was sent. */
export function reasonOfRefusal(error: unknown): UnusableReason | undefined {
  if (error instanceof UnusableMessage) return error.reason;
  if (error instanceof WireFault) return error.kind === 'tooManyItems' ? 'too_many_items' : 'malformed';
  return undefined;
}

/** The error for the sender; what is not about its message stays as it is. */
export function refusalOf(error: unknown, message: string, limit: number): MeterlarkError | undefined {
  if (error instanceof UnusableMessage) return receiverErrors.METERLARK_RECEIVER_SKYWALKING_UNUSABLE({ message, reason: error.reason });
  if (!(error instanceof WireFault)) return undefined;
  if (error.kind === 'tooManyItems') return receiverErrors.METERLARK_RECEIVER_SKYWALKING_TOO_MANY_ITEMS({ message, limit });
  const { reason, offset } = error;
  return receiverErrors.METERLARK_RECEIVER_SKYWALKING_MALFORMED({ message, reason, offset });
}

/** Characters of names of services, instances and endpoints: they become keys. */
const maxNameLength = 1024;

export function demandName(name: string, missing: UnusableReason): string {
  if (name.trim() === '') unusable(missing);
  return bounded(name);
}

export function bounded(name: string): string {
  return name.length > maxNameLength ? unusable('long_name') : name;
}
