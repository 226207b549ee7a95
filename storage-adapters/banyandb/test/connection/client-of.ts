import { ManualClock, RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import type { BanyanCalls } from '../../src/connection/calls.js';
import type { BanyanClient } from '../../src/connection/client.js';
import { openClient, type ClientContext } from '../../src/connection/open-client.js';
import type { BanyanSettings } from '../../src/settings.js';
import { defaultSettings } from '../plain-settings.js';

export interface OpenedClient {
  readonly client: BanyanClient & BanyanCalls;
  readonly metrics: RecordingMetrics;
  readonly logger: RecordingLogger;
  readonly clock: ManualClock;
  /** What was waited between tries. */
  readonly pauses: number[];
}

/** No real pauses, and no chance: the first target is the first tried. */
export async function clientOf(changes: Partial<BanyanSettings>, context: Partial<ClientContext> = {}): Promise<OpenedClient> {
  const [metrics, logger, clock] = [new RecordingMetrics(), new RecordingLogger(), new ManualClock(0)];
  const pauses: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const settings = { ...defaultSettings(), ...changes };
  const client = await openClient(settings, { logger, selfMetrics: metrics, clock, sleep, random: () => 0, ...context });
  return { client, metrics, logger, clock, pauses };
}
