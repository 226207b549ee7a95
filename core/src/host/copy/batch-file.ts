/** The batches under way on disk, beside the state: exact numbers, so no JSON. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { reasonOf } from '../../kernel/errors.js';
import { hostErrors } from '../errors.js';
import type { Intent } from './copy-state.js';
import { replaceFile } from './replace-file.js';

export function batchFileOf(stateFile: string): string {
  return `${stateFile}.batch`;
}

const hashBytes = 32;

/** The hash of the rest comes first. */
export async function writeIntent(file: string, intent: Intent): Promise<void> {
  const content = serialize(intent);
  await replaceFile(file, Buffer.concat([hashOf(content), content]));
}

/** undefined when there is no such file. Throws METERLARK_HOST_COPY_STATE. */
export async function readIntent(file: string): Promise<Intent | undefined> {
  try {
    const bytes = await readFile(file);
    const content = bytes.subarray(hashBytes);
    if (!hashOf(content).equals(bytes.subarray(0, hashBytes))) throw new Error('it is damaged');
    return deserialize(content) as Intent;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw hostErrors.METERLARK_HOST_COPY_STATE({ file, reason: reasonOf(error) }, error);
  }
}

function hashOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}
