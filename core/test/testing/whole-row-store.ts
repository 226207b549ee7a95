/** A storage on a database that merges nothing; proves that the contract asks for nothing such a store cannot give. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/kernel/ambient.js';
import type { StorageSession } from '../../src/testing/storage/bench.js';
import type { RowServer } from './row-server.js';
import { metadataMeasures, WholeRowMetadata } from './whole-row-metadata.js';
import { WholeRowReader } from './whole-row-reader.js';
import { WholeRowRecords } from './whole-row-records.js';
import { metricMeasure, steps } from './whole-row-schema.js';
import { type WholeRowLimits, WholeRowWriter } from './whole-row-writer.js';

/** As a new process does: it knows nothing but what the server has. */
export function openWholeRowStore(server: RowServer, clock: Clock, limits: WholeRowLimits): StorageSession {
  for (const measure of [...steps.map(metricMeasure), ...metadataMeasures]) server.create(measure);
  const metadata = new WholeRowMetadata(server, clock, limits, randomUUID());
  const records = new WholeRowRecords(server, clock, limits);
  return {
    writer: new WholeRowWriter(server, clock, limits),
    reader: new WholeRowReader(server, clock, limits),
    metadataWriter: metadata,
    metadataReader: metadata,
    installer: records,
    recordWriter: records,
    recordReader: records,
    health: { check: async () => undefined, retentionDays: limits.retentionDays, recordDays: limits.recordDays },
    close: async () => undefined,
  };
}
