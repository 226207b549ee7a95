/** Rule files from disk. */
import { readTextFiles, reasonOf } from '@meterlark/core';
import type { SourceFileText } from '../compile/compile.js';
import { sourceErrors } from '../errors.js';

/** Texts of a file, or of all .oal files below a folder. Rejects with METERLARK_SOURCE_RULES_UNREADABLE. */
export async function readRuleFiles(path: string, rootFolder: string): Promise<readonly SourceFileText[]> {
  try {
    return (await readTextFiles(path, rootFolder, ['.oal'])).map(({ file, text }) => ({ path: file, text }));
  } catch (cause) {
    throw sourceErrors.METERLARK_SOURCE_RULES_UNREADABLE({ path, reason: reasonOf(cause) }, cause);
  }
}
