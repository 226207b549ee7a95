/** The texts of a stored row, each with its column and key, as rules see them. */
import type { RecordModel, RecordRow } from '../../model/record.js';
import { isRecord } from '../../kernel/record.js';
import type { StoredTextProbe } from './masker.js';

/** Ids are never masked, for rows are found by them, and no sender chose what a text is of. */
const notMasked: ReadonlySet<string> = new Set(['tenant', 'trace_id', 'span_id', 'parent_span_id', 'id', 'time', 'revision', 'entity', 'content_type']);
/** Text columns that are JSON of attributes, or of lists of parts with attributes. */
const attributeSets: ReadonlySet<string> = new Set(['resource', 'scope_attributes']);
const partLists: ReadonlySet<string> = new Set(['events', 'links', 'segment']);
const idsWithin: ReadonlySet<string> = new Set(['traceId', 'spanId', 'segmentId', 'parentSegmentId']);

/** Columns that rules look at. */
export function readColumns({ columns }: RecordModel): readonly string[] {
  return columns.filter(({ name, type }) => !notMasked.has(name) && ['word', 'text', 'textMap', 'numberMap'].includes(type)).map(({ name }) => name);
}

/** Told where a rule would change something; `key` is "" for texts without one. */
export type Found = (column: string, key: string, rule: string) => void;

export function probeRow(model: RecordModel, row: RecordRow, probe: StoredTextProbe, found: Found): void {
  for (const name of readColumns(model)) {
    const value = row[name];
    const column: ColumnProbe = {
      attribute: (key, inner) => {
        if (typeof inner !== 'string' && typeof inner !== 'number') return;
        const { key: shown, hits } = probe.attribute(key, inner);
        for (const rule of hits) found(name, shown, rule);
      },
      field: (text) => {
        for (const rule of probe.field(text)) found(name, '', rule);
      },
    };
    const whole = typeof value === 'string' ? wholeText(name, value, probe) : undefined;
    if (whole !== undefined) for (const rule of whole) found(name, '', rule);
    else if (isRecord(value)) for (const [key, inner] of Object.entries(value)) column.attribute(key, inner);
    else if (typeof value === 'string' && value !== '' && !probeJson(name, value, column)) column.field(value);
  }
}

/** Texts of logs that rules name by keys of their own; undefined for any other. */
function wholeText(column: string, text: string, probe: StoredTextProbe): readonly string[] | undefined {
  if (column === 'body') return probe.body(text);
  return column === 'severity' ? probe.severity(text) : undefined;
}

interface ColumnProbe {
  readonly attribute: (key: string, value: unknown) => void;
  readonly field: (text: string) => void;
}

/** false when the column holds plain text, or what is no JSON any more because it was cut. */
function probeJson(name: string, text: string, column: ColumnProbe): boolean {
  if (!attributeSets.has(name) && !partLists.has(name)) return false;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return false;
  }
  if (attributeSets.has(name)) for (const [key, inner] of entriesOf(parsed)) column.attribute(key, inner);
  else for (const part of Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]) probePart(part, column);
  return true;
}

/** An event, a link or a segment: texts, attributes, and references with texts. */
function probePart(part: unknown, column: ColumnProbe): void {
  for (const [key, inner] of entriesOf(part)) {
    if (key === 'attributes') for (const [name, value] of entriesOf(inner)) column.attribute(name, value);
    else if (Array.isArray(inner)) for (const nested of inner as unknown[]) probePart(nested, column);
    else if (typeof inner === 'string' && !idsWithin.has(key)) column.field(inner);
  }
}

function entriesOf(value: unknown): readonly [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}
