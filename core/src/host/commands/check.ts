/** `meterlark check`: everything that can be known without starting. It exits as `start` would: 0, or 2 with all faults. */
import type { CommandLine } from '../arguments.js';
import { printFaults } from '../faults.js';
import { openHost } from '../open-host.js';
import type { PreparedHost } from '../prepare.js';
import { exitCodes, type ExitCode, type Terminal } from '../terminal.js';
import { showSetting, type SettingValue } from '../../kernel/provider-config.js';

export async function checkCommand(line: CommandLine, terminal: Terminal): Promise<ExitCode> {
  try {
    const prepared = await openHost(line, terminal);
    await prepared.host.check();
    terminal.stdout.write(line.json ? asJson(prepared) : asText(prepared));
    return exitCodes.fine;
  } catch (error) {
    printFaults(terminal, line.json, error);
    return exitCodes.usage;
  }
}

function asJson({ host, plan }: PreparedHost): string {
  const settings = plan.settings.flatMap(({ values }) =>
    values.map((setting) => ({ key: setting.key, env: setting.env, value: showSetting(setting), source: setting.source })),
  );
  return `${JSON.stringify({ ok: true, startOrder: host.identities, settings }, undefined, 2)}\n`;
}

function asText({ host, plan }: PreparedHost): string {
  const values = plan.settings.flatMap((settings) => settings.values);
  const width = Math.max(0, ...values.map(({ key }) => key.length));
  const row = (setting: SettingValue): string => `  ${setting.key.padEnd(width)}  ${showSetting(setting)} (${setting.source})`;
  const lines = ['Providers in start order:', ...host.identities.map((identity) => `  ${identity}`), '', 'Settings:', ...values.map(row), ''];
  return `${lines.join('\n')}\nNo faults.\n`;
}
