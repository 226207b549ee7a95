/** Entry spans that this server, or another on the same store, took a moment ago: after a restart their senders repeat some. */
import { minuteMs, spansModel, type Clock, type Logger, type RecordReader } from '@meterlark/core';
import type { RecentEntries } from './recent-entries.js';

const pastMinutes = 5;
/** Clocks of senders are ahead by that much at most. */
const aheadMinutes = 10;
/** More would keep the event loop of a starting server too long. */
const maxRows = 50_000;

export interface StoredEntriesParts {
  readonly reader: RecordReader;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Never rejects: a server that cannot know them goes on, and counts those few again. */
export async function rememberStored(recent: RecentEntries, maxSpans: number, { reader, clock, logger }: StoredEntriesParts): Promise<void> {
  const nowMs = clock.now();
  try {
    const rows = await reader.rows({
      model: spansModel,
      tenant: '',
      fromUs: (nowMs - pastMinutes * minuteMs) * 1000,
      toUs: (nowMs + aheadMinutes * minuteMs) * 1000,
      where: [{ column: 'entry', is: 'in', values: [true] }],
      columns: ['trace_id', 'span_id'],
      orderBy: [{ column: 'time', descending: true }],
      // One generation: what comes meanwhile and after has the other.
      limit: Math.min(maxRows, Math.floor(maxSpans / 2)),
      offset: 0,
    });
    for (const { trace_id: traceId, span_id: spanId } of rows) {
      if (typeof traceId === 'string' && typeof spanId === 'string') recent.isNew('', { traceId, spanId });
    }
  } catch (error) {
    logger.warn('the entry spans of the last minutes could not be read: those that are sent again are counted again', { error });
  }
}
