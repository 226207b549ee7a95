/** `meterlark rules check PATH…`: asks the analyzers of the inventory what they make of rule files. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommandLine } from '../arguments.js';
import { hostErrors } from '../errors.js';
import { describeFaults, faultText, printFaults } from '../faults.js';
import { openHost } from '../open-host.js';
import { exitCodes, type ExitCode, type Terminal } from '../terminal.js';
import { RuleChecker, type LogRuleSummary, type RuleFileText, type RuleReport, type RuleSummary } from '../../contract/pipeline.js';
import { reasonOf } from '../../kernel/errors.js';

export async function rulesCheckCommand(line: CommandLine, terminal: Terminal): Promise<ExitCode> {
  let checkers: readonly RuleChecker[];
  try {
    const { host } = await openHost(line, terminal);
    host.register();
    checkers = host.all(RuleChecker);
  } catch (error) {
    printFaults(terminal, line.json, error);
    return exitCodes.usage;
  }
  const found = (await Promise.all(line.rest.map((path) => ruleFiles(path, checkers)))).flat();
  const reports = await checkAll(found, checkers);
  terminal.stdout.write(line.json ? asJson(reports) : reports.map(asText).join('') + totals(reports));
  return reports.some(({ faults }) => faults.length > 0) ? exitCodes.faultsFound : exitCodes.fine;
}

/** Files at or below a path that end as those of a rule language do, in order of name. */
async function ruleFiles(path: string, checkers: readonly RuleChecker[]): Promise<readonly (string | RuleReport)[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path, { recursive: true });
    const endings = checkers.flatMap((checker) => checker.endings);
    return names.filter((name) => endings.some((ending) => name.toLowerCase().endsWith(ending))).sort().map((name) => join(path, name));
  } catch (error) {
    return [unreadable(path, error)];
  }
}

/** All files together, for two of them may contradict each other; a file that is named twice is checked once. */
async function checkAll(found: readonly (string | RuleReport)[], checkers: readonly RuleChecker[]): Promise<RuleReport[]> {
  const once = new Map(found.map((entry) => [typeof entry === 'string' ? resolve(entry) : entry, entry]));
  const read = await Promise.all([...once.values()].map(async (entry) => (typeof entry === 'string' ? readRules(entry) : entry)));
  const texts = read.filter((entry) => 'text' in entry);
  const reports = new Map(checkers.flatMap((checker) => checker.check(texts)).map((report) => [report.file, report]));
  return read.map((entry) => ('text' in entry ? (reports.get(entry.file) ?? ofNoLanguage(entry)) : entry));
}

async function readRules(file: string): Promise<RuleFileText | RuleReport> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    return unreadable(file, error);
  }
}

function unreadable(path: string, error: unknown): RuleReport {
  return { file: path, metrics: [], faults: [hostErrors.METERLARK_HOST_RULES_PATH({ path, reason: reasonOf(error) }, error)] };
}

function ofNoLanguage({ file }: RuleFileText): RuleReport {
  return { file, metrics: [], faults: [hostErrors.METERLARK_HOST_RULES_UNKNOWN_LANGUAGE({ file })] };
}

function asJson(reports: readonly RuleReport[]): string {
  const files = reports.map(({ faults, ...report }) => ({ ...report, faults: faults.flatMap(describeFaults) }));
  return `${JSON.stringify({ ok: files.every(({ faults }) => faults.length === 0), files }, undefined, 2)}\n`;
}

function asText({ file, metrics, logRules = [], faults }: RuleReport): string {
  const rules = [...metrics.flatMap(metricLines), ...logRules.flatMap(logRuleLines)];
  const lines = [file, ...rules, ...faults.flatMap(describeFaults).flatMap((fault) => indent(placed(fault) + faultText(fault)))];
  return `${lines.join('\n')}\n`;
}

function metricLines({ name, kind, scope, labels, source, notes }: RuleSummary): string[] {
  const parts = [`kind=${kind}`, `scope=${scope}`, `labels=[${labels.join(', ')}]`, ...(source === '' ? [] : [`source=${source}`])];
  return [`  ${name}  ${parts.join(' ')}`, ...notes.map((note) => `    note: ${note}`)];
}

function logRuleLines({ name, layer, outputType, runs, notes }: LogRuleSummary): string[] {
  return [`  ${name}  layer=${layer} output=${outputType}${runs ? '' : ' never run'}`, ...notes.map((note) => `    note: ${note}`)];
}

function placed({ fields, message }: { fields: Readonly<Record<string, unknown>>; message: string }): string {
  const { file, line, column } = fields;
  if (typeof file !== 'string' || typeof line !== 'number' || message.includes(`${file}:${line}`)) return '';
  return `${file}:${line}:${typeof column === 'number' ? column : 1}: `;
}

function indent(text: string): string[] {
  return text.trimEnd().split('\n').map((row) => `  ${row}`);
}

function totals(reports: readonly RuleReport[]): string {
  const count = (pick: (report: RuleReport) => number): number => reports.reduce((sum, report) => sum + pick(report), 0);
  const logRules = count(({ logRules: rules = [] }) => rules.length);
  const ofLogs = logRules === 0 ? '' : `${logRules} rules for logs, `;
  return `${reports.length} files, ${count(({ metrics }) => metrics.length)} metrics, ${ofLogs}${count(({ faults }) => faults.length)} faults\n`;
}
