/** What decoding a request of any signal gives, and what it throws. */
import { WireFault, type TelemetryBatch } from '@meterlark/core';
import { receiverErrors } from './errors.js';
import { locateField } from './locate-field.js';
import type { LogCuts } from './logs-reading.js';
import type { MessageSchema } from './schema.js';

export interface Decoded<B extends TelemetryBatch = TelemetryBatch> {
  readonly batch: B;
  /** Points or spans that no analyzer could use, e.g. histograms whose bounds and counts do not fit. */
  readonly rejected: number;
  /** Why the first of them was refused; "" when none was. */
  readonly reason: string;
  /** Of log records only. */
  readonly cuts?: LogCuts;
}

interface Request {
  readonly body: Buffer;
  readonly schema: MessageSchema;
  readonly maxItems: number;
}

/** METERLARK_RECEIVER_OTLP_MALFORMED or METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS for a wire fault, both permanent; other errors as they are. */
export function codedFault(error: unknown, { body, schema, maxItems }: Request): unknown {
  if (!(error instanceof WireFault)) return error;
  if (error.kind === 'tooManyItems') return receiverErrors.METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS({ limit: maxItems });
  const { reason, offset } = error;
  return receiverErrors.METERLARK_RECEIVER_OTLP_MALFORMED({ reason, offset, field: locateField(body, schema, offset) });
}
