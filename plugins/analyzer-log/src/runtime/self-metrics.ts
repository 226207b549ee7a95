/** What the analyzer of logs counts of itself; drops, failures of listeners and of rules are counted where they happen. */
import { maxNameLength, type Counter, type CutEvents, type SelfMetrics } from '@meterlark/core';

export class LogCounts {
  readonly cuts: CutEvents;
  readonly unnamed: Counter;
  readonly timesRefused: Counter;
  readonly samplersExceeded: Counter;
  readonly topListsExceeded: Counter;
  readonly samplesUnwanted: Counter;
  readonly yamlRefused: Counter;
  readonly patternsRefused: Counter;
  /** Of the current batch. */
  readonly stored = { logs: 0, rows: 0, tops: 0 };
  private readonly logs: Counter;
  private readonly rows: Counter;
  private readonly tops: Counter;

  constructor(metrics: SelfMetrics) {
    this.cuts = cutCounters(metrics);
    this.logs = metrics.counter('meterlark_log_kept_total', 'Logs of which something was stored.');
    this.rows = metrics.counter('meterlark_log_rows_total', 'Rows stored of logs: one for every rule that keeps a log.');
    this.tops = metrics.counter('meterlark_log_top_records_total', 'Slow statements and sampled traces stored of logs.');
    this.unnamed = metrics.counter('meterlark_log_unnamed_total', 'Logs whose resource does not name a service.');
    this.timesRefused = metrics.counter('meterlark_log_times_refused_total', 'Times given by rules that are too late or too far ahead; the time of the log stands.');
    this.samplersExceeded = metrics.counter('meterlark_log_samplers_exceeded_total', 'Asks of rateLimit for an id over the limit maxSamplers; they share one count per rule.');
    this.topListsExceeded = metrics.counter('meterlark_log_top_lists_exceeded_total', 'Slow records of lists over the limit maxTopLists; not stored.');
    this.samplesUnwanted = metrics.counter('meterlark_log_samples_unwanted_total', 'Samples of rules for which no analyzer of metrics runs.');
    this.yamlRefused = metrics.counter('meterlark_log_yaml_refused_total', 'Bodies that a rule would read as YAML and that were not, by reason: too long, or too many in one batch.', ['reason']);
    this.patternsRefused = metrics.counter('meterlark_log_pattern_refused_total', 'Searches by a pattern of a rule that were given up, by reason: too much work for the text, or for one batch.', ['reason']);
  }

  settle(): void {
    const { logs, rows, tops } = this.stored;
    if (logs > 0) this.logs.add(logs);
    if (rows > 0) this.rows.add(rows);
    if (tops > 0) this.tops.add(tops);
    this.stored.logs = 0;
    this.stored.rows = 0;
    this.stored.tops = 0;
  }
}

function cutCounters(metrics: SelfMetrics): CutEvents {
  const values = metrics.counter('meterlark_log_values_cut_total', 'Values of tags cut because they were longer than maxValueBytes of analyzer/log.');
  const names = metrics.counter('meterlark_log_names_cut_total', `Names and ids of logs over ${maxNameLength} characters: names were cut, ids left out.`);
  const parts = metrics.counter('meterlark_log_attributes_dropped_total', 'Attributes over the limit of one log or resource.');
  return { value: () => { values.add(1); }, name: () => { names.add(1); }, parts: (count) => { parts.add(count); } };
}
