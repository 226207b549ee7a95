/** Version, health, time and lifetimes. */
import { within, type Clock, type ProcessInfo, type ServerState, type StorageHealth } from '@meterlark/core';

/** Clients choose what to ask by this version of the protocol. */
const protocolVersion = '10.4.0';
const noColdStage = -1;

export interface CommonServices {
  readonly process: ProcessInfo;
  readonly clock: Clock;
  readonly state: ServerState;
  readonly storage: StorageHealth;
  /** A store that does not answer within this time is not healthy. */
  readonly healthTimeoutMs: number;
}

interface HealthStatus {
  readonly score: number;
  readonly details: string;
}

export function commonFields(services: CommonServices) {
  const { minute, hour, day } = services.storage.retentionDays;
  const { trace, log } = services.storage.recordDays;
  const cold = noColdStage;
  return {
    version: () => `${protocolVersion}-meterlark-${services.process.version}`,
    checkHealth: () => checkHealth(services),
    getTimeInfo: () => ({ timezone: '+0000', currentTimestamp: services.clock.now() }),
    getRecordsTTL: () => ({
      ...{ normal: trace, trace, zipkinTrace: trace, log, browserErrorLog: log },
      ...{ coldNormal: cold, coldTrace: cold, coldZipkinTrace: cold, coldLog: cold, coldBrowserErrorLog: cold },
    }),
    getMetricsTTL: () => ({ metadata: day, minute, hour, day, coldMinute: cold, coldHour: cold, coldDay: cold }),
  };
}

/** score: 0 healthy, above 0 not healthy, below 0 not started; details: the names of what fails, each with a comma. */
async function checkHealth({ state, storage, healthTimeoutMs }: CommonServices): Promise<HealthStatus> {
  const current = state.current();
  if (current === 'starting') return { score: -1, details: 'starting,' };
  if (current === 'draining') return { score: 1, details: 'draining,' };
  return (await within(healthTimeoutMs, () => storage.check())).state === 'done' ? { score: 0, details: '' } : { score: 1, details: 'storage,' };
}
