/** Copies definitions of metrics and the entities that were seen. Repeating it changes nothing. */
import type { EntityRecord } from '../../contract/storage.js';
import { hostErrors } from '../errors.js';
import { patiently, type CopyJob, type CopyStore } from './copy-store.js';
import type { CopyRange, StateKeeper } from './copy-state.js';

export const entityScopes: readonly EntityRecord['scope'][] = ['Service', 'ServiceInstance', 'Endpoint', 'Process'];
const batchEntities = 1000;

export async function copyMetadata(job: CopyJob, keeper: StateKeeper): Promise<void> {
  const { state } = keeper;
  if (state.metadataDone) return;
  const definitions = await copyDefinitions(job);
  let entities = 0;
  for (const tenant of job.tenants) {
    for (const scope of entityScopes) entities += await copyEntities(job, { tenant, scope, range: state });
  }
  if (job.stopping.aborted) return;
  job.logger.info('definitions and entities copied', { definitions, entities });
  await keeper.keep({ metadataDone: true, copied: { ...state.copied, definitions, entities } });
}

async function copyEntities(job: CopyJob, asked: EntitiesOf): Promise<number> {
  const records = job.stopping.aborted ? [] : await entitiesOf(job, job.source, asked);
  for (let place = 0; place < records.length && !job.stopping.aborted; place += batchEntities) {
    const batch = records.slice(place, place + batchEntities);
    await patiently(job, () => job.target.metadataWriter.upsertEntities(batch));
  }
  return records.length;
}

/** A definition that the target has is newer: its server, or its copy, wrote it. */
async function copyDefinitions(job: CopyJob): Promise<number> {
  const [own, there] = [await patiently(job, () => job.source.metadataReader.metrics()), await patiently(job, () => job.target.metadataReader.metrics())];
  const known = new Set(there.map(({ name }) => name));
  const missing = own.filter(({ name }) => !known.has(name));
  if (missing.length > 0) await patiently(job, () => job.target.metadataWriter.defineMetrics(missing));
  return missing.length;
}

export interface EntitiesOf {
  readonly tenant: string;
  readonly scope: EntityRecord['scope'];
  readonly range: CopyRange;
}

/** Those seen at or after the start of the range: who was not has no data in it. */
export async function entitiesOf(job: CopyJob, store: CopyStore, { tenant, scope, range }: EntitiesOf): Promise<readonly EntityRecord[]> {
  const limit = job.limits.maxEntities;
  const records = await patiently(job, () => store.metadataReader.entities({ tenant, scope, fromMs: range.fromMs, limit: limit + 1 }));
  if (records.length > limit) throw hostErrors.METERLARK_HOST_COPY_ENTITIES({ scope, limit });
  return records;
}
