/** From the words after `meterlark` to a plugin's command and its request. */
import { parseArgs } from 'node:util';
import type { Command, CommandRequest } from '../contract/command.js';
import { reasonOf } from '../kernel/errors.js';
import { hostErrors } from './errors.js';

/** What is needed to know the options of a command from its words. */
export type CommandForm = Pick<Command, 'name' | 'options'>;

/** Throws METERLARK_HOST_USAGE. */
export function findCommand(commands: readonly Command[], words: readonly string[]): { readonly command: Command; readonly request: CommandRequest } {
  // The longer name first: `mask check` before a command `mask`.
  for (const count of [2, 1]) {
    const command = commands.find(({ name }) => name.split(' ').length === count && name === words.slice(0, count).join(' '));
    if (command !== undefined) return { command, request: requestOf(command, words.slice(count)) };
  }
  const known = commands.map(({ name }) => name).sort().join(', ');
  const reason = `unknown command: ${words.slice(0, 2).join(' ')}${known === '' ? '' : ` (beside start, check, version, rules check and copy there are: ${known})`}`;
  throw hostErrors.METERLARK_HOST_USAGE({ reason });
}

/** Throws METERLARK_HOST_USAGE. */
export function requestOf({ name, options }: CommandForm, args: readonly string[]): CommandRequest {
  const entries = Object.entries(options).map(([option, kind]) => [option, { type: kind === 'value' ? 'string' : 'boolean' }] as const);
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: Object.fromEntries(entries) });
    const given = Object.entries(values).filter((entry): entry is [string, string | boolean] => ['string', 'boolean'].includes(typeof entry[1]));
    return { words: positionals, options: Object.fromEntries(given) };
  } catch (error) {
    throw hostErrors.METERLARK_HOST_USAGE({ reason: `${name}: ${reasonOf(error)}` }, error);
  }
}
