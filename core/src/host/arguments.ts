/** The command line. */
import { parseArgs } from 'node:util';
import { reasonOf } from '../kernel/errors.js';
import { hostErrors } from './errors.js';

/** `plugin`: one that a provider brings. Its words and options are in `rest`, not looked at yet, as are those of `copy`. */
export type CommandName = 'start' | 'check' | 'version' | 'rules check' | 'help' | 'copy' | 'plugin';

export interface CommandLine {
  readonly command: CommandName;
  readonly config: string | undefined;
  readonly json: boolean;
  /** `--set key=value` */
  readonly flags: ReadonlyMap<string, string>;
  /** What follows the command, e.g. the paths of `rules check`. */
  readonly rest: readonly string[];
}

const usageText = `Usage: meterlark [command] [options]

  start               run the server (the command when none is given)
  check               check settings, inventory, wiring and price files without starting anything; ports and
                      database are tried by start only, rule files by rules check
  version             print the version
  rules check PATH…   check rule files or folders together: kind, scope, labels and source of every metric
  copy --from storage/NAME --to storage/NAME --days N [--state FILE] [--add]
                      copy the last N days from one storage of the settings to the other and compare them; stopped,
                      the same command goes on
{commands}
  --config FILE       settings file (default config/server.yml, or METERLARK_CONFIG)
  --set KEY=VALUE     one setting, before environment and file, e.g. --set storage=memory
  --json              results (and logs) as JSON
  --help              this text

Results go to stdout, logs and errors to stderr. Exit codes: 0 fine, 1 a check found faults,
2 usage, settings or inventory, 3 the start failed, 4 unclean stop.
`;

/** The help text; `commands` are those of plugins, a name with its arguments and a sentence each. */
export function usage(commands: readonly { readonly usage: string; readonly doc: string }[] = []): string {
  const lines = commands.map(({ usage: form, doc }) => (form.length < 20 ? `  ${form.padEnd(20)}${doc}\n` : `  ${form}\n${' '.repeat(22)}${doc}\n`));
  return usageText.replace('{commands}', lines.join(''));
}

/** Throws METERLARK_HOST_USAGE. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const { own, others } = split(argv);
  const first = others.find((word) => !word.startsWith('-'));
  const isBuiltIn = first === undefined || builtIn.has(first);
  const { values, positionals } = parse(isBuiltIn ? argv : own);
  const { command, rest } = isBuiltIn ? commandOf(positionals) : ({ command: 'plugin', rest: others } as const);
  if (command === 'plugin' && first === 'copy') return commandLine('copy', rest.filter((_, place) => place !== rest.indexOf('copy')), values);
  if (command === 'plugin') return commandLine(command, rest, values);
  if (command === 'rules check' ? rest.length === 0 : rest.length > 0) {
    const reason = command === 'rules check' ? 'rules check needs the path of a rule file or folder' : `${command} takes no ${rest[0] ?? ''}`;
    throw hostErrors.METERLARK_HOST_USAGE({ reason });
  }
  return commandLine(command, rest, values);
}

function commandLine(command: CommandName, rest: readonly string[], values: OptionValues): CommandLine {
  return {
    command: values.help ? 'help' : values.version ? 'version' : command,
    config: values.config,
    json: values.json ?? false,
    flags: new Map((values.set ?? []).map(splitFlag)),
    rest,
  };
}

const builtIn: ReadonlySet<string> = new Set(['start', 'check', 'version', 'rules', 'help']);

const options = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  set: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** Our own options, and everything else in its order. */
function split(argv: readonly string[]): { readonly own: string[]; readonly others: string[] } {
  const { tokens } = parseArgs({ args: [...argv], allowPositionals: true, strict: false, options, tokens: true });
  const isOwn = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || !Object.hasOwn(options, token.name)) continue;
    isOwn.add(token.index);
    if (token.value !== undefined && !token.inlineValue) isOwn.add(token.index + 1);
  }
  return { own: argv.filter((_, index) => isOwn.has(index)), others: argv.filter((_, index) => !isOwn.has(index)) };
}

function parse(argv: readonly string[]): { values: OptionValues; positionals: string[] } {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options });
  } catch (error) {
    throw hostErrors.METERLARK_HOST_USAGE({ reason: reasonOf(error) }, error);
  }
}

interface OptionValues {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  readonly set?: string[] | undefined;
  readonly help?: boolean | undefined;
  readonly version?: boolean | undefined;
}

function commandOf(positionals: readonly string[]): { command: CommandName; rest: readonly string[] } {
  const [first = 'start', ...rest] = positionals;
  if (first === 'start' || first === 'check' || first === 'version' || first === 'help') return { command: first, rest };
  if (first === 'rules' && rest[0] === 'check') return { command: 'rules check', rest: rest.slice(1) };
  throw hostErrors.METERLARK_HOST_USAGE({ reason: `unknown command: ${positionals.slice(0, 2).join(' ')}` });
}

function splitFlag(text: string): [string, string] {
  const sign = text.indexOf('=');
  if (sign < 1) throw hostErrors.METERLARK_HOST_USAGE({ reason: `--set needs KEY=VALUE, not ${text}` });
  return [text.slice(0, sign), text.slice(sign + 1)];
}
