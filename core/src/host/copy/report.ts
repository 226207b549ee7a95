/** The end of a copy as a table for people and as JSON. */
import type { CopyResult } from './copy.js';
import { steps } from './days.js';
import type { Tally } from './tally.js';

interface ReportRow extends Omit<Tally, 'days'> {
  readonly name: string;
  readonly copied: number;
  /** Dates (UTC) of the days that differ. */
  readonly days: readonly string[];
}

export interface CopyReport {
  readonly from: string;
  readonly to: string;
  readonly since: string;
  readonly until: string;
  /** No row is different. */
  readonly equal: boolean;
  /** The target had data of its own when the copy began: of these days only what it misses is a difference. */
  readonly shared: boolean;
  readonly rows: readonly ReportRow[];
}

export function reportOf({ state, comparison }: NonNullable<CopyResult>): CopyReport {
  const { copied, from, to, own } = state;
  const { definitions, entities, records, metrics } = comparison;
  const rows: (Tally & Pick<ReportRow, 'name' | 'copied'>)[] = [
    { name: 'metric definitions', copied: copied.definitions, ...definitions },
    { name: 'entities', copied: copied.entities, ...entities },
    ...Object.entries(records).map(([name, tally]) => ({ name, copied: copied.records[name] ?? 0, ...tally })),
    ...steps.map((step) => ({ name: `metrics by ${step}`, copied: copied.metrics[step], ...metrics[step] })),
  ];
  const [since, until] = [state.fromMs, state.untilMs].map((timeMs) => new Date(timeMs).toISOString()) as [string, string];
  return {
    from,
    to,
    since,
    until,
    equal: rows.every(({ different }) => different === 0),
    shared: [own.metrics, ...Object.values(own.records)].some((days) => days.length > 0),
    rows: rows.map((row) => ({ ...row, days: row.days.map(dateOf) })),
  };
}

function dateOf(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

const columns = ['source', 'copied', 'target', 'expired', 'different'] as const;

export function reportText(report: CopyReport): string {
  const head = ['', ...columns];
  const lines = [head, ...report.rows.map((row) => [row.name, ...columns.map((column) => row[column].toLocaleString('en-US'))])];
  const widths = head.map((_, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0)));
  const aligned = lines.map((line) => line.map((cell, place) => (place === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[place] ?? 0))).join('  '));
  const { from, to, since, until } = report;
  return [`${from} to ${to}, ${since} to ${until}`, '', ...aligned, '', ...report.rows.flatMap(daysText), ending(report), ''].join('\n');
}

/** Dates that one line names. */
const namedDays = 10;

function daysText({ name, days }: ReportRow): string[] {
  if (days.length === 0) return [];
  const more = days.length > namedDays ? ` and ${days.length - namedDays} more days` : '';
  return [`${name}: different on ${days.slice(0, namedDays).join(', ')}${more}`];
}

function ending({ equal, shared, to }: CopyReport): string {
  if (!equal) return 'The stores differ.';
  return shared ? `Nothing is missing in ${to}, which has data of its own too.` : 'The stores are equal.';
}
