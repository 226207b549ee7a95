/** The client of the adapter: BanyanDB over gRPC. */
import { isMeterlarkError, type Clock, type Logger, type SelfMetrics } from '@meterlark/core';
import type { BanyanSettings } from '../settings.js';
import { protocolRoot } from '../protocol/root.js';
import { CallMetrics } from './call-metrics.js';
import type { BanyanCalls } from './calls.js';
import type { BanyanClient, StoreReturns } from './client.js';
import { credentialsOf, metadataOf } from './credentials.js';
import { GrpcClient } from './grpc-client.js';
import { Lane, type WaitingRoom } from './lane.js';
import { RecentWrites } from './recent-writes.js';
import { Repetition } from './repetition.js';
import { StoreReturn } from './store-return.js';
import { Target } from './target.js';
import { Targets } from './targets.js';
import { VersionCheck } from './versions.js';

export interface ClientContext {
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
  readonly clock: Clock;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly random?: () => number;
}

/**
 * Resolves when one of the targets answers with a version to work with. Rejects when none does within `connectTimeoutMs`, at once when
 * all of them answer and none can be used.
 */
export async function openClient(settings: BanyanSettings, context: ClientContext): Promise<BanyanClient & BanyanCalls & StoreReturns> {
  protocolRoot();
  const { logger, selfMetrics, clock, sleep = wait, random = Math.random } = context;
  const room: WaitingRoom = { waiting: 0, max: settings.maxWaiting };
  const metrics = new CallMetrics(selfMetrics, () => room.waiting);
  const targets: Targets = new Targets(makeTargets(settings, () => targets.lost()), { clock, logger, metrics, random, connectTimeoutMs: settings.connectTimeoutMs });
  try {
    await firstConnection(targets, settings.connectTimeoutMs, clock, sleep);
  } catch (error) {
    targets.close();
    throw error;
  }
  const recent = new RecentWrites(settings.repeat, { clock, logger, selfMetrics });
  const repetition = new Repetition(recent, { logger, selfMetrics, parallel: settings.parallelWrites });
  const storeReturn = new StoreReturn(targets, recent, repetition, { clock, logger, sleep });
  targets.onLost(() => storeReturn.lost());
  return new GrpcClient(targets, settings, { lanes: lanesOf(settings, room, metrics), metrics, storeReturn, waiting: { sleep, random }, clock });
}

/** What waits for the store to be as it was does not take the places of what makes it so. */
function lanesOf({ parallelWrites, parallelQueries, maxWaiting }: BanyanSettings, ordinary: WaitingRoom, metrics: CallMetrics) {
  const own: WaitingRoom = { waiting: 0, max: maxWaiting };
  const lane = (parallel: number, room: WaitingRoom): Lane => new Lane(parallel, room, () => metrics.busy());
  return {
    writes: lane(parallelWrites, ordinary),
    queries: lane(parallelQueries, ordinary),
    others: lane(parallelQueries, own),
    repeats: lane(parallelWrites, own),
  };
}

function makeTargets(settings: BanyanSettings, lost: () => void): Target[] {
  const credentials = credentialsOf(settings);
  const metadata = metadataOf(settings);
  const { maxMessageBytes } = settings;
  const versions = new VersionCheck(settings);
  const askVersion = (target: Target, timeoutMs: number): Promise<string> => versions.ask(target, timeoutMs);
  return settings.targets.map((name) => new Target(name, { credentials, metadata, maxMessageBytes, askVersion, lost }));
}

const firstPauseMs = 100;
const longestPauseMs = 1_000;

/** A server that starts beside us is waited for. Waits are counted too: an injected clock may stand still. */
async function firstConnection(targets: Targets, timeoutMs: number, clock: Clock, sleep: (ms: number) => Promise<void>): Promise<void> {
  const startedMs = clock.now();
  let waitedMs = 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      await targets.ready();
      return;
    } catch (error) {
      const isPassing = isMeterlarkError(error) && error.class === 'retryable';
      if (!isPassing || waitedMs + pauseMs >= timeoutMs || clock.now() - startedMs >= timeoutMs) throw error;
    }
    await sleep(pauseMs);
    waitedMs += pauseMs;
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
