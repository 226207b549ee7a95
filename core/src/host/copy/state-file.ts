/** The state of a copy on disk: whole or not at all, whatever ends the process. */
import { open, readFile, rename } from 'node:fs/promises';
import { reasonOf } from '../../kernel/errors.js';
import { hostErrors } from '../errors.js';
import type { CopyState, StateKeeper } from './copy-state.js';
import { faultOf, isCopyState } from './state-check.js';

/** undefined when there is no such file. Throws METERLARK_HOST_COPY_STATE. */
export async function readState(file: string): Promise<CopyState | undefined> {
  const value = await parsed(file);
  if (value === undefined) return undefined;
  if (!isCopyState(value)) throw hostErrors.METERLARK_HOST_COPY_STATE({ file, reason: faultOf(value) });
  return value;
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
    try {
      await replaceFile(this.file, `${JSON.stringify(next, undefined, 2)}\n`);
    } catch (error) {
      throw hostErrors.METERLARK_HOST_COPY_UNWRITABLE({ file: this.file, reason: reasonOf(error) }, error);
    }
    this.current = next;
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}
