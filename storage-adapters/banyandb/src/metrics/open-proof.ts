import { bucketStart, type Clock, type Step } from '@meterlark/core';
import type { BanyanClient, Criteria } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import type { MeasureSpec } from '../schema/model.js';
import { versionOf } from './versions.js';

/** Written again so often: it must not expire. */
const renewMs = 600_000;
/** No tenant is stored like this: `entityText` writes two hex digits after each `%`. */
const tenant = '%open';
const ofProof: Criteria = { is: 'equal', tag: 'tenant', value: tenant };

/**
 * Proves that what was read just now is all there is. BanyanDB closes its data before its network when it shuts down: for a second or two it
 * answers that it has nothing. A row that is known to be there is asked for after the others: it is found only if they could be.
 */
export class OpenProof {
  private writtenMs = -Infinity;
  private rowMs = 0;

  constructor(
    private readonly client: BanyanClient,
    private readonly measure: MeasureSpec,
    private readonly step: Step,
    private readonly clock: Clock,
  ) {}

  /** `losses` of the client before what is to be proven was asked. */
  async confirm(losses: number): Promise<void> {
    const nowMs = Math.floor(this.clock.now());
    if (Math.abs(nowMs - this.writtenMs) >= renewMs) await this.write(nowMs);
    const { measure, rowMs } = this;
    const found = await this.client.queryMeasure({ measure, tags: ['tenant'], fields: [], criteria: ofProof, fromMs: rowMs, toMs: rowMs, limit: 1 });
    if (found.length > 0 && losses === this.client.losses) return;
    this.writtenMs = -Infinity;
    throw shutsDown(measure);
  }

  private async write(nowMs: number): Promise<void> {
    const timeMs = bucketStart(nowMs, this.step);
    const tags = this.measure.tags.map(({ name, kind }) => (name === 'tenant' ? tenant : kind === 'int' ? 0 : ''));
    await this.client.writeMeasure(this.measure, [{ timeMs, version: versionOf(nowMs * 1000), tags, fields: [0, new Uint8Array()] }]);
    [this.writtenMs, this.rowMs] = [nowMs, timeMs];
  }
}

export function shutsDown({ name, group }: MeasureSpec): Error {
  const reason = `it shuts down, or was lost while rows of ${name} were read`;
  return banyanErrors.METERLARK_STORAGE_BANYANDB_UNREACHABLE({ target: group, reason });
}
