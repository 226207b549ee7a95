/** `count_over_time` and `rate`: counts of a window that ends at each step. */
import type { LogCondition, LogCount, LogQuery } from '@meterlark/core';
import { logqlErrors } from './errors.js';
import type { CountExpression } from './language/ast.js';
import { groupsOf, type TagLabels } from './selection.js';

export interface Steps {
  /** Epoch µs of the first and last point, both included. */
  readonly firstUs: number;
  readonly lastUs: number;
  readonly stepUs: number;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Epoch seconds and the value as text. */
  readonly values: readonly (readonly [number, string])[];
}

/** Without `sum`, a series for each sender, as the streams are. */
const senders = ['service', 'service_instance', 'endpoint'];

export class LogCounts {
  constructor(
    private readonly logs: LogQuery,
    /** Points in time, and values read and answered. */
    private readonly limit: number,
  ) {}

  /** The window is the range before the point in time. */
  async instant(expression: CountExpression, condition: LogCondition, tags: TagLabels, atUs: number): Promise<readonly Series[]> {
    const rangeUs = expression.rangeMs * 1000;
    const groups = groupsOf(expression.by ?? senders, tags);
    const within = { ...condition, fromUs: atUs - rangeUs, toUs: atUs };
    const counts = await this.logs.counts({ condition: within, by: groups.map(({ group }) => group), limit: this.limit + 1 });
    this.demand(counts.length);
    const perSecond = perSecondOf(expression);
    return counts.map(({ by, count }) => ({ metric: metricOf(groups, by), values: [[atUs / 1_000_000, String(count / perSecond)]] }));
  }

  /** The window of a point in time is the range before it. Points are rounded up to whole parts of range and step: the last covers the end. */
  async series(expression: CountExpression, condition: LogCondition, tags: TagLabels, steps: Steps): Promise<readonly Series[]> {
    const rangeUs = expression.rangeMs * 1000;
    const bucketUs = commonPart(rangeUs, steps.stepUs);
    const firstUs = Math.ceil(steps.firstUs / bucketUs) * bucketUs;
    const lastUs = Math.ceil(steps.lastUs / bucketUs) * bucketUs;
    const points = Math.floor((lastUs - firstUs) / steps.stepUs) + 1;
    this.demand(points);
    this.demand((lastUs - firstUs + rangeUs) / bucketUs);
    const groups = groupsOf(expression.by ?? senders, tags);
    const counts = await this.logs.counts({
      condition: { ...condition, fromUs: firstUs - rangeUs, toUs: firstUs + (points - 1) * steps.stepUs },
      bucketUs, by: groups.map(({ group }) => group), limit: this.limit + 1,
    });
    this.demand(counts.length);
    const perSecond = perSecondOf(expression);
    const found = bySeries(counts);
    this.demand(points * found.length);
    return found.map(({ by, own }) => ({
      metric: metricOf(groups, by), values: windows(own, { firstUs, stepUs: steps.stepUs, points, rangeUs }, perSecond),
    }));
  }

  private demand(count: number): void {
    if (count > this.limit) throw logqlErrors.METERLARK_LOGQL_TOO_MANY_POINTS({ count: Math.ceil(count), limit: this.limit });
  }
}

interface OneSeries {
  readonly by: readonly string[];
  readonly own: LogCount[];
}

function bySeries(counts: readonly LogCount[]): readonly OneSeries[] {
  const series = new Map<string, OneSeries>();
  for (const count of counts) {
    const key = JSON.stringify(count.by);
    const known = series.get(key);
    if (known === undefined) series.set(key, { by: count.by, own: [count] });
    else known.own.push(count);
  }
  return [...series.values()];
}

function perSecondOf({ function: name, rangeMs }: CountExpression): number {
  return name === 'rate' ? rangeMs / 1000 : 1;
}

function metricOf(groups: ReturnType<typeof groupsOf>, values: readonly string[]): Series['metric'] {
  const labels = groups.map(({ label }, place): [string, string] => [label, values[place] ?? '']);
  return Object.fromEntries(labels.filter(([, value]) => value !== ''));
}

interface Windows {
  readonly firstUs: number;
  readonly stepUs: number;
  readonly points: number;
  readonly rangeUs: number;
}

/** Points without a log have no value, as in Loki. `counts` by time. */
function windows(counts: readonly LogCount[], { firstUs, stepUs, points, rangeUs }: Windows, perSecond: number): Series['values'] {
  const values: (readonly [number, string])[] = [];
  let [begin, end, total] = [0, 0, 0];
  for (let point = 0; point < points; point += 1) {
    const timeUs = firstUs + point * stepUs;
    for (; end < counts.length && counts[end]!.bucketUs < timeUs; end += 1) total += counts[end]!.count;
    for (; begin < end && counts[begin]!.bucketUs < timeUs - rangeUs; begin += 1) total -= counts[begin]!.count;
    if (total > 0) values.push([timeUs / 1_000_000, String(total / perSecond)]);
  }
  return values;
}

/** The longest bucket of which both are whole multiples: at least 1 ms. */
function commonPart(one: number, other: number): number {
  let [left, right] = [Math.round(one), Math.round(other)];
  while (right > 0) [left, right] = [right, left % right];
  return left;
}
