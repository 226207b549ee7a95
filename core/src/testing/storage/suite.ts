/** The contract of `storage` as a suite that any adapter, also one outside this tree, runs on itself. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Clock } from '../../kernel/ambient.js';
import { batchCases } from './batch-cases.js';
import { type ContractCase, StorageBench, type StorageSession } from './bench.js';
import { lifeCases, type ReopenCase, reopenCases, sharedCases } from './life-cases.js';
import { mergeCases } from './merge-cases.js';
import { metadataCases } from './metadata-cases.js';
import { nameCases } from './name-cases.js';
import { rangeCases } from './range-cases.js';
import { recordCases } from './record-cases.js';
import { recordGroupCases } from './record-group-cases.js';
import { recordLifeCases, recordReopenCases, recordSharedCases } from './record-life-cases.js';
import { recordQueryCases } from './record-query-cases.js';
import { recordSearchCases } from './record-search-cases.js';
import { topCases } from './top-cases.js';

export interface StorageHarness {
  /** The clock that the adapter lives by; lifetimes count from it. */
  readonly clock: Clock;
  /**
   * Opens a store; called once for all cases and once for each case of reopening. It may be one store every time:
   * cases keep apart by tenant, names and writers, which are new in every run.
   */
  readonly open: () => Promise<StorageSession>;
  /**
   * The same data as a new process finds them after the old one died without `close` (which is still called later
   * and must be harmless). Absent when nothing is kept.
   */
  readonly reopen?: (crashed: StorageSession) => Promise<StorageSession>;
  /** A second process on the same store. Absent when a store has one process. */
  readonly another?: (first: StorageSession) => Promise<StorageSession>;
  /** Case name to the reason why it does not apply here. */
  readonly skip?: Readonly<Record<string, string>>;
}

export function describeStorageContract(name: string, harness: StorageHarness): void {
  describe(`storage contract: ${name}`, () => {
    let session: StorageSession | undefined;
    const opened = (): StorageSession => {
      if (session === undefined) throw new Error('the store was not opened');
      return session;
    };
    beforeAll(async () => {
      session = await harness.open();
    });
    afterAll(async () => session?.close());
    for (const [group, cases] of Object.entries(groups)) describe(group, () => runCases(cases, harness, opened));
    const shared = [...sharedCases, ...recordSharedCases];
    describe('two processes', () => runPairs(shared, harness, harness.another, 'a store of one process'));
    const reopened = [...reopenCases, ...recordReopenCases];
    describe('reopening', () => runPairs(reopened, harness, harness.reopen, 'nothing outlives the process'));
  });
}

const groups: Readonly<Record<string, readonly ContractCase[]>> = {
  merging: mergeCases,
  batches: batchCases,
  ranges: rangeCases,
  names: nameCases,
  rankings: topCases,
  metadata: metadataCases,
  life: lifeCases,
  records: recordCases,
  'questions to records': recordQueryCases,
  'groups of records': recordGroupCases,
  'searches of records': recordSearchCases,
  'life of records': recordLifeCases,
};

function runCases(cases: readonly ContractCase[], harness: StorageHarness, session: () => StorageSession): void {
  for (const { name, run } of cases) {
    guarded(name, harness.skip?.[name], () => run(newBench(session(), harness.clock)));
  }
}

/** Each case has a store of its own, because reopening ends the first session. */
function runPairs(
  cases: readonly ReopenCase[],
  harness: StorageHarness,
  next: ((first: StorageSession) => Promise<StorageSession>) | undefined,
  absent: string,
): void {
  for (const { name, run } of cases) {
    const reason = harness.skip?.[name] ?? (next === undefined ? absent : undefined);
    guarded(name, reason, async () => {
      const opened = [await harness.open()];
      const follow = async (first: StorageSession): Promise<StorageSession> => {
        const second = await (next?.(first) ?? first);
        opened.unshift(second);
        return second;
      };
      try {
        const [first] = opened as [StorageSession];
        await run(newBench(first, harness.clock), () => follow(first));
      } finally {
        for (const one of opened) await one.close();
      }
    });
  }
}

function guarded(name: string, skip: string | undefined, run: () => Promise<void>): void {
  if (skip === undefined) test(name, run, 60_000);
  else test.skip(`${name} (skipped: ${skip})`, run);
}

/** Names are new in every run, so that a store which outlives the run does no harm. */
function newBench(session: StorageSession, clock: Clock): StorageBench {
  return new StorageBench(session, clock, randomUUID().slice(0, 8));
}
