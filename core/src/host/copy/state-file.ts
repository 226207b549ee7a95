/** The state of a copy on disk: whole or not at all, whatever ends the process. */
import { access, readFile, rm } from 'node:fs/promises';
import { reasonOf } from '../../kernel/errors.js';
import { hostErrors } from '../errors.js';
import { batchFileOf, readIntent, writeIntent } from './batch-file.js';
import type { CopyState, Intent, StateKeeper } from './copy-state.js';
import { replaceFile } from './replace-file.js';
import { faultOf, isCopyState } from './state-check.js';

/** undefined when there is no such file. Throws METERLARK_HOST_COPY_STATE. */
export async function readState(file: string): Promise<CopyState | undefined> {
  const value = await parsed(file);
  if (value === undefined) return undefined;
  if (!isCopyState(value)) throw hostErrors.METERLARK_HOST_COPY_STATE({ file, reason: faultOf(value) });
  await demandBatch(file, value);
  return value;
}

/** Without it nobody knows whether the last batch was written. */
async function demandBatch(file: string, { metrics, records }: CopyState): Promise<void> {
  if ((metrics.done && records.done) || metrics.sequence + records.sequence === 0) return;
  const reason = `${batchFileOf(file)} beside it, which has the batch under way, cannot be read`;
  await access(batchFileOf(file)).catch((error: unknown) => Promise.reject(hostErrors.METERLARK_HOST_COPY_STATE({ file, reason }, error)));
}

async function parsed(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) ?? [];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw hostErrors.METERLARK_HOST_COPY_STATE({ file, reason: reasonOf(error) }, error);
  }
}

/** Throws METERLARK_HOST_COPY_STATE where the options are not those that the copy was begun with. */
export function demandSame(file: string, state: CopyState, asked: Pick<CopyState, 'from' | 'to' | 'days'>): void {
  const differs = (['from', 'to', 'days'] as const).filter((key) => state[key] !== asked[key]);
  if (differs.length === 0) return;
  const reason = differs.map((key) => `it was begun with --${key} ${state[key]}, not ${asked[key]}`).join('; ');
  throw hostErrors.METERLARK_HOST_COPY_STATE({ file, reason });
}

export class StateFile implements StateKeeper {
  private constructor(
    private readonly file: string,
    private current: CopyState,
  ) {}

  /** Also shows that the file can be written, before anything is copied. */
  static async open(file: string, state: CopyState): Promise<StateFile> {
    const kept = new StateFile(file, state);
    await kept.keep({});
    return kept;
  }

  get state(): CopyState {
    return this.current;
  }

  async keep(changes: Partial<CopyState>): Promise<void> {
    const next = { ...this.current, ...changes };
    await this.written(this.file, () => replaceFile(this.file, `${JSON.stringify(next, undefined, 2)}\n`));
    this.current = next;
    if (next.metrics.done && next.records.done) await this.written(this.batchFile, () => rm(this.batchFile, { force: true }));
  }

  intend(intent: Intent): Promise<void> {
    return this.written(this.batchFile, () => writeIntent(this.batchFile, intent));
  }

  intent(): Promise<Intent | undefined> {
    return readIntent(this.batchFile);
  }

  private get batchFile(): string {
    return batchFileOf(this.file);
  }

  private async written(file: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      throw hostErrors.METERLARK_HOST_COPY_UNWRITABLE({ file, reason: reasonOf(error) }, error);
    }
  }
}
