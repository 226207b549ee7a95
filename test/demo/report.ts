/** Sent against answered, per metric. */
import { evaluate, firstSeries, type Subject, type Window } from './client.js';
import { agrees, type Expectation } from './expected.js';

const minuteMs = 60_000;

export interface Row {
  readonly title: string;
  readonly unit: string;
  /** undefined: no minute has a value. */
  readonly sent: number | undefined;
  readonly answered: number | undefined;
  /** Minutes whose answer differs from what was sent. */
  readonly differing: readonly number[];
}

export interface Timed {
  readonly timeMs: number;
}

export type EventsByMinute<E> = ReadonlyMap<number, readonly E[]>;

export function byMinute<E extends Timed>(events: readonly E[]): EventsByMinute<E> {
  const minutes = new Map<number, E[]>();
  for (const event of events) {
    const minute = Math.floor(event.timeMs / minuteMs) * minuteMs;
    const list = minutes.get(minute);
    if (list === undefined) minutes.set(minute, [event]);
    else list.push(event);
  }
  return minutes;
}

/** Mean over the window's minutes that have a value: one number to print per metric. */
function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function compare<E>(expectation: Expectation<E>, events: EventsByMinute<E>, answers: Map<number, number | undefined>): Row {
  const minutes = [...answers.keys()];
  const expected = minutes.map((minute) => expectation.of(events.get(minute) ?? []));
  // No row and none expected: the stream did not live in that minute.
  const answered = minutes.map((minute, index) => answers.get(minute) ?? (expectation.zeroMayBeAbsent && expected[index] === 0 ? 0 : undefined));
  return {
    title: expectation.title,
    unit: expectation.unit,
    sent: mean(expected),
    answered: mean(answered),
    differing: minutes.filter((_, index) => !agrees(expectation, expected[index], answered[index])),
  };
}

export interface Comparison<E extends Timed> {
  readonly subject: Subject;
  readonly expectations: readonly Expectation<E>[];
  readonly events: readonly E[];
}

export async function compareAll<E extends Timed>(baseUrl: string, { subject, expectations, events }: Comparison<E>, window: Window): Promise<Row[]> {
  const expressions = expectations.map(({ expression }) => expression);
  const answers = await evaluate(baseUrl, expressions, subject, window);
  const minutes = byMinute(events);
  return expectations.map((expectation, index) => {
    const series = firstSeries(answers[index]!);
    const points = new Map<number, number | undefined>();
    for (let at = window.fromMs; at <= window.toMs; at += minuteMs) points.set(at, series.get(at));
    return compare(expectation, minutes, points);
  });
}

const round = (value: number | undefined): string => (value === undefined ? 'none' : value.toFixed(value < 100 ? 2 : 1));

export function printRows(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}: mean per minute`);
  console.log(`  ${'metric'.padEnd(30)}${'unit'.padEnd(12)}${'sent'.padStart(12)}${'answered'.padStart(12)}   minutes`);
  for (const { title: metric, unit, sent, answered, differing } of rows) {
    const verdict = differing.length === 0 ? 'all equal' : `${differing.length} differ`;
    console.log(`  ${metric.padEnd(30)}${unit.padEnd(12)}${round(sent).padStart(12)}${round(answered).padStart(12)}   ${verdict}`);
  }
}
