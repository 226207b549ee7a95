/** Labels of samples as they are found and kept: of bounded length, of whole characters, and not parts of a log's text. */
import type { SampleLabels } from './label-paths.js';
import { boundedLabel, maxLabelLength } from './labels.js';

const ignore = (): void => undefined;

/** Half a character is none in bytes, so that what is kept would not be found again. */
export function fits(text: string): boolean {
  return text.length <= maxLabelLength && text.isWellFormed();
}

export function fitLabels(labels: SampleLabels): SampleLabels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [fitLabel(name), fitLabel(value)]));
}

function fitLabel(text: string): string {
  return boundedLabel(text.toWellFormed(), ignore);
}

/** Through bytes, so that the text of a log is not kept alive by a piece of it. They are well-formed, so they stay equal. */
export function ownLabels(labels: SampleLabels): SampleLabels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, Buffer.from(value).toString()]));
}
