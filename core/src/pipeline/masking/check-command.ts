/** `mask check`: which stored rows the rules of now would still change. Tells where, never what. */
import type { Command, CommandRequest, CommandResult } from '../../contract/command.js';
import type { RecordReader, SchemaInstaller } from '../../contract/storage.js';
import type { Clock } from '../../kernel/ambient.js';
import { callsModel, contentModel } from '../../model/calls-model.js';
import { logsModel, topRecordsModel } from '../../model/logs-model.js';
import type { RecordModel, RecordRow } from '../../model/record.js';
import { spansModel } from '../../model/spans-model.js';
import { dayMs } from '../../model/time.js';
import { pipelineErrors } from '../errors.js';
import { makeProbe, type StoredTextProbe } from './masker.js';
import type { MaskingSettings } from './settings.js';
import { probeRow, readColumns } from './stored-rows.js';

export interface CheckParts {
  /** Asked for when the command runs: most processes never run it. */
  readonly reader: () => RecordReader;
  readonly installer: () => SchemaInstaller;
  readonly clock: Clock;
  readonly settings: MaskingSettings;
}

const models = [spansModel, callsModel, contentModel, logsModel, topRecordsModel];
/** Rows of one time come in an order of their own, so that each is on one page only. */
const order = ['span_id', 'trace_id', 'service', 'body', 'list', 'id', 'name'];
/** Rows read at once. */
const pageRows = 500;
const maxRowsPerModel = 2_000_000;
const maxDays = 366;
/** Spans and logs may be dated a little ahead of the clock. */
const aheadMs = 3_600_000;

interface Finding {
  readonly rule: string;
  readonly model: string;
  readonly column: string;
  readonly key: string;
  rows: number;
}

interface Looked {
  readonly model: string;
  rows: number;
  /** false: there were more rows than a check reads; the newest were read. */
  complete: boolean;
}

export function maskCheckCommand(parts: CheckParts): Command {
  return {
    name: 'mask check',
    usage: '[--days N] [--tenant NAME]',
    doc: 'Looks for stored rows that the masking rules of now would still change, in the last N days (1).',
    options: { days: 'value', tenant: 'value' },
    needsStore: true,
    run: (request) => run(parts, request),
  };
}

async function run(parts: CheckParts, { words, options }: CommandRequest): Promise<CommandResult> {
  const { days: given = '1', tenant = '' } = options;
  const days = typeof given === 'string' && given !== '' ? Number(given) : Number.NaN;
  if (words.length > 0 || typeof tenant !== 'string' || !Number.isInteger(days) || days < 1 || days > maxDays) {
    throw pipelineErrors.METERLARK_PIPELINE_MASK_CHECK_USAGE({ maxDays });
  }
  const rules = parts.settings.rules.map(({ name }) => name);
  if (rules.length === 0) return { text: 'no masking rules are set', json: { days, rules, rows: [], findings: [] }, found: false };
  await parts.installer().install(models);
  const toUs = (parts.clock.now() + aheadMs) * 1000;
  const check = new Check(parts, { tenant, fromUs: (parts.clock.now() - days * dayMs) * 1000, toUs });
  for (const model of models) await check.look(model);
  return check.result(days, rules);
}

interface Range {
  readonly tenant: string;
  readonly fromUs: number;
  readonly toUs: number;
}

class Check {
  private readonly findings = new Map<string, Finding>();
  private readonly looked: Looked[] = [];
  /** Findings of the row that is being looked at. */
  private readonly hits = new Set<string>();
  private readonly probe: StoredTextProbe;

  constructor(
    private readonly parts: CheckParts,
    private readonly range: Range,
  ) {
    this.probe = makeProbe(parts.settings);
  }

  /** From the newest row on, page by page: each begins with the time at which the one before ended. */
  async look(model: RecordModel): Promise<void> {
    const looked: Looked = { model: model.name, rows: 0, complete: true };
    this.looked.push(looked);
    let toUs = this.range.toUs;
    let offset = 0;
    for (;;) {
      const rows = await this.page(model, toUs, offset);
      for (const row of rows) this.probeRow(model, row);
      looked.rows += rows.length;
      if (rows.length < pageRows) return;
      if (looked.rows >= maxRowsPerModel) {
        looked.complete = false;
        return;
      }
      const last = timeOf(rows.at(-1));
      const atLast = rows.filter((row) => timeOf(row) === last).length;
      offset = toUs === last + 1 ? offset + atLast : atLast;
      toUs = last + 1;
    }
  }

  result(days: number, rules: readonly string[]): CommandResult {
    const findings = [...this.findings.values()].sort((left, right) => right.rows - left.rows);
    return { text: this.text(findings, rules), json: { days, rules, rows: this.looked, findings }, found: findings.length > 0 };
  }

  private text(findings: readonly Finding[], rules: readonly string[]): string {
    const lines = this.looked.map(({ model, rows, complete }) => `${model}: ${rows} rows looked at${complete ? '' : ', the newest; there are more'}`);
    for (const rule of rules) {
      const own = findings.filter((finding) => finding.rule === rule);
      lines.push(`${rule}: ${own.length === 0 ? 'nothing to mask' : 'unmasked in'}`);
      for (const { model, column, key, rows } of own) lines.push(`  ${rows} rows of ${model}, ${column}${key === '' ? '' : ` ${JSON.stringify(key)}`}`);
    }
    return lines.join('\n');
  }

  private page(model: RecordModel, toUs: number, offset: number): Promise<readonly RecordRow[]> {
    const ordered = order.filter((name) => model.columns.some((column) => column.name === name));
    return this.parts.reader().rows({
      model,
      tenant: this.range.tenant,
      fromUs: this.range.fromUs,
      toUs,
      where: [],
      columns: ['time', ...readColumns(model)],
      orderBy: [{ column: 'time', descending: true }, ...ordered.map((column) => ({ column, descending: false }))],
      limit: pageRows,
      offset,
    });
  }

  private probeRow(model: RecordModel, row: RecordRow): void {
    probeRow(model, row, this.probe, (column, key, rule) => {
      this.hits.add(JSON.stringify({ rule, model: model.name, column, key: shownKey(key) }));
    });
    for (const text of this.hits) this.count(text);
    this.hits.clear();
  }

  private count(text: string): void {
    const known = this.findings.get(text);
    if (known !== undefined) known.rows += 1;
    else if (this.findings.size < maxFindings) this.findings.set(text, { ...(JSON.parse(text) as Omit<Finding, 'rows'>), rows: 1 });
  }
}

/** Different places told; more of them say nothing new. */
const maxFindings = 10_000;

function shownKey(key: string): string {
  return key.length > 100 ? `${key.slice(0, 99)}…` : key;
}

function timeOf(row: RecordRow | undefined): number {
  return Number(row?.['time'] ?? 0);
}
