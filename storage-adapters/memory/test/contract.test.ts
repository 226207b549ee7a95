import { describeStorageContract, ManualClock, RecordingMetrics } from '@meterlark/core/testing';
import { MemoryMetadata } from '../src/metadata.js';
import { MemoryMetrics } from '../src/metrics.js';
import { MemoryRecords } from '../src/records.js';

const clock = new ManualClock(Date.UTC(2026, 1, 28, 13, 37, 11, 250));
const retentionDays = { minute: 3, hour: 7, day: 30 };
const recordDays = { trace: 3, call: 30, content: 3, log: 7 };

describeStorageContract('memory', {
  clock,
  async open() {
    const selfMetrics = new RecordingMetrics();
    const metrics = new MemoryMetrics({ retentionDays, maxRows: 1_000_000, maxWriters: 100 }, clock, selfMetrics);
    const metadata = new MemoryMetadata({ maxEntities: 100_000, entityDays: retentionDays.day }, clock, selfMetrics);
    const records = new MemoryRecords({ recordDays, maxRecords: 100_000, maxWriters: 100 }, clock, selfMetrics);
    return {
      writer: metrics,
      reader: metrics,
      metadataWriter: metadata,
      metadataReader: metadata,
      installer: records,
      recordWriter: records,
      recordReader: records,
      health: { check: async () => undefined, retentionDays, recordDays },
      close: async () => undefined,
    };
  },
});
