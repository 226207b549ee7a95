/** One command from its arguments to its exit code. */
import { parseCommandLine, usage, type CommandLine } from './arguments.js';
import { helpCommand } from './commands/help.js';
import { pluginCommand } from './commands/plugin.js';
import { copyCommand } from './commands/copy.js';
import { checkCommand } from './commands/check.js';
import { rulesCheckCommand } from './commands/rules-check.js';
import { startCommand } from './commands/start.js';
import { printFaults } from './faults.js';
import { exitCodes, type ExitCode, type Terminal } from './terminal.js';
import { version } from './version.js';

/** Never rejects for a reason that can be told to the user. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let line: CommandLine;
  try {
    line = parseCommandLine(argv);
  } catch (error) {
    printFaults(terminal, argv.includes('--json'), error);
    terminal.stderr.write(`\n${usage()}`);
    return exitCodes.usage;
  }
  switch (line.command) {
    case 'start':
      return startCommand(line, terminal);
    case 'check':
      return checkCommand(line, terminal);
    case 'rules check':
      return rulesCheckCommand(line, terminal);
    case 'version':
      terminal.stdout.write(line.json ? `${JSON.stringify({ version })}\n` : `${version}\n`);
      return exitCodes.fine;
    case 'help':
      return helpCommand(line, terminal);
    case 'copy':
      return copyCommand(line, terminal);
    case 'plugin':
      return pluginCommand(line, terminal);
  }
}
