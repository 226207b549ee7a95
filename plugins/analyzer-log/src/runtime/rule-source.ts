/** Rule files from disk. */
import { readTextFiles, reasonOf, type RuleFileText, type RuleSource } from '@meterlark/core';
import { logErrors } from '../errors.js';

/** Texts of files, or the text itself. Rejects with METERLARK_LOG_RULES_UNREADABLE. */
export async function readSource(source: RuleSource, rootFolder: string): Promise<readonly RuleFileText[]> {
  if (typeof source !== 'string') return [{ file: source.name, text: source.text }];
  try {
    return await readTextFiles(source, rootFolder, ['.yaml', '.yml']);
  } catch (cause) {
    throw logErrors.METERLARK_LOG_RULES_UNREADABLE({ path: source, reason: reasonOf(cause) }, cause);
  }
}
