/** Rule files from disk. */
import { readTextFiles, reasonOf } from '@meterlark/core';
import type { RuleFileText } from '../compile/compile.js';
import { meterErrors } from '../errors.js';

/** Texts of a file, or of all YAML files below a folder. Rejects with METERLARK_METER_RULES_UNREADABLE. */
export async function readRuleFiles(path: string, rootFolder: string): Promise<readonly RuleFileText[]> {
  try {
    return (await readTextFiles(path, rootFolder, ['.yaml', '.yml'])).map(({ file, text }) => ({ path: file, text }));
  } catch (cause) {
    throw meterErrors.METERLARK_METER_RULES_UNREADABLE({ path, reason: reasonOf(cause) }, cause);
  }
}
