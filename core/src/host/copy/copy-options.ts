/** The words and options of `meterlark copy`. */
import { join, resolve } from 'node:path';
import { StorageModule } from '../../contract/storage.js';
import type { CommandRequest } from '../../contract/command.js';
import type { CommandForm } from '../command-words.js';
import { hostErrors } from '../errors.js';
import type { CopyRequest } from './copy.js';

export interface CopyOptions extends CopyRequest {
  /** Absolute path. */
  readonly stateFile: string;
}

export const copyForm: CommandForm = {
  name: 'copy',
  options: { from: 'value', to: 'value', days: 'value', state: 'value', add: 'flag' },
};

/** Longer than anything is kept. */
const maxDays = 36_500;

/** Throws METERLARK_HOST_USAGE. */
export function copyOptions({ words, options }: CommandRequest, rootFolder: string): CopyOptions {
  if (words.length > 0) throw usage(`it takes no ${words[0] ?? ''}`);
  const [from, to] = [storageOf(options, 'from'), storageOf(options, 'to')];
  if (from === to) throw usage('--from and --to name the same storage');
  const days = Number(options['days'] ?? NaN);
  if (!/^\d+$/.test(String(options['days'])) || !(days >= 1 && days <= maxDays)) throw usage(`--days needs a whole number from 1 to ${maxDays}`);
  const name = (identity: string): string => identity.slice(identity.indexOf('/') + 1);
  const given = options['state'];
  if (given === '') throw usage('--state needs the name of a file');
  const stateFile = typeof given === 'string' ? resolve(given) : join(rootFolder, `copy-${name(from)}-${name(to)}.json`);
  return { from, to, days, add: options['add'] === true, stateFile };
}

function storageOf(options: CommandRequest['options'], key: 'from' | 'to'): string {
  const identity = options[key];
  if (typeof identity === 'string' && new RegExp(`^${StorageModule.name}/[a-z0-9-]+$`).test(identity)) return identity;
  throw usage(`--${key} needs a storage of the inventory, such as ${StorageModule.name}/clickhouse`);
}

function usage(reason: string): Error {
  return hostErrors.METERLARK_HOST_USAGE({ reason: `copy: ${reason}` });
}
