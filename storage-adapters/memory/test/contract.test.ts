import { describeStorageContract, ManualClock, RecordingMetrics } from '@meterlark/core/testing';
import { MemoryMetadata } from '../src/metadata.js';
import { MemoryMetrics } from '../src/metrics.js';

const clock = new ManualClock(Date.UTC(2026, 1, 28, 13, 37, 11, 250));
const retentionDays = { minute: 3, hour: 7, day: 30 };

describeStorageContract('memory', {
  clock,
  async open() {
    const selfMetrics = new RecordingMetrics();
    const metrics = new MemoryMetrics({ retentionDays, maxRows: 1_000_000, maxWriters: 100 }, clock, selfMetrics);
    const metadata = new MemoryMetadata({ maxEntities: 100_000, entityDays: retentionDays.day }, clock, selfMetrics);
    return {
      writer: metrics,
      reader: metrics,
      metadataWriter: metadata,
      metadataReader: metadata,
      health: { check: async () => undefined, retentionDays },
      close: async () => undefined,
    };
  },
});
