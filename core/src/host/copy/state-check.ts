/** What a state file must hold, checked before it is believed. */
import { isRecord } from '../../kernel/record.js';
import type { CopyState } from './copy-state.js';
import { steps } from './days.js';

/** Why it cannot be used; undefined when it can. */
export function faultOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it is no object';
  if (value['version'] !== 2) return `its version is ${String(value['version'])}, and this program knows 2`;
  const texts = ['id', 'from', 'to'].every((key) => typeof value[key] === 'string');
  const numbers = ['days', 'fromMs', 'untilMs'].every((key) => isWhole(value[key]));
  const flags = typeof value['metadataDone'] === 'boolean' && isOwn(value['own']);
  const parts = isPart(value['metrics'], isMetricPlace) && isPart(value['records'], isRecordPlace);
  return texts && numbers && flags && parts && isCopied(value['copied']) ? undefined : 'a field of it is missing or of the wrong type';
}

export function isCopyState(value: unknown): value is CopyState {
  return faultOf(value) === undefined;
}

function isOwn(value: unknown): boolean {
  return isRecord(value) && isDays(value['metrics']) && isRecord(value['records']) && Object.values(value['records']).every(isDays);
}

function isDays(value: unknown): boolean {
  return Array.isArray(value) && value.every(isWhole);
}

function isPart(value: unknown, isPlace: (place: unknown) => boolean): boolean {
  if (!isRecord(value) || !isWhole(value['sequence']) || typeof value['done'] !== 'boolean') return false;
  return value['place'] === undefined || isPlace(value['place']);
}

function isMetricPlace(value: unknown): boolean {
  if (!isRecord(value) || typeof value['metric'] !== 'string') return false;
  const isAfter = value['after'] === undefined || typeof value['after'] === 'string';
  return isAfter && ['tenant', 'dayMs', 'fromMs', 'share'].every((key) => isWhole(value[key]));
}

function isRecordPlace(value: unknown): boolean {
  if (!isRecord(value) || typeof value['model'] !== 'string') return false;
  return ['tenant', 'timeUs', 'widthUs', 'limit'].every((key) => isWhole(value[key]));
}

function isCopied(value: unknown): boolean {
  if (!isRecord(value) || !isWhole(value['definitions']) || !isWhole(value['entities'])) return false;
  const { metrics, records } = value;
  if (!isRecord(metrics) || !isRecord(records)) return false;
  return steps.every((step) => isWhole(metrics[step])) && Object.values(records).every(isWhole);
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value);
}
