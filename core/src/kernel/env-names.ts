/**
 * Environment names are derived, never written: `METERLARK_<MODULE>_<PROVIDER>_<KEY>` in capitals with `_` for every
 * other character. Two additions to that rule:
 *
 * - a new word of a camelCase key begins with `_` (`flushIntervalMs` is FLUSH_INTERVAL_MS), nested keys are joined by
 *   `_` (`grpc.port` is GRPC_PORT);
 * - a provider named `shared` is the one that all share and adds nothing to its module's name, so it has no segment
 *   of its own: `server/shared` key `grpc.port` is METERLARK_SERVER_GRPC_PORT.
 *
 * Two settings that derive one name are a fault of their schemas (METERLARK_SETTINGS_SAME_VARIABLE), so that a
 * variable always means one setting.
 */
const prefix = 'METERLARK';
const sharedName = 'shared';

export function envSegment(word: string): string {
  return word
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]/g, '_')
    .toUpperCase();
}

/** Name of the variable that selects the provider of a module, or switches a provider on or off. */
export function switchVariable(moduleOrIdentity: string): string {
  const [module = '', provider = sharedName] = moduleOrIdentity.split('/');
  const words = provider === sharedName ? [module] : [module, provider];
  return [prefix, ...words.map(envSegment)].join('_');
}

export function settingVariable(identity: string, path: readonly string[]): string {
  return [switchVariable(identity), ...path.map(envSegment)].join('_');
}

/** Variables of ours that are no settings. */
export const fixedVariables: readonly string[] = ['METERLARK_CONFIG', 'METERLARK_INVENTORY'];

/** METERLARK_TEST_… belongs to the tests of this repository. */
export function isOurVariable(name: string): boolean {
  return name.startsWith(`${prefix}_`) && !name.startsWith(`${prefix}_TEST_`) && !fixedVariables.includes(name);
}
