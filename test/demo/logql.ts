/** The same logs as Grafana's Loki data source asks for them. */
import type { Window } from './client.js';

const minuteMs = 60_000;

interface Vector {
  readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[] };
}
interface Streams {
  readonly data: { readonly result: readonly { readonly values: readonly (readonly [string, string])[] }[] };
}

/** Whether somebody answers there. */
export async function hasLogql(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`)).ok;
  } catch {
    return false;
  }
}

/** Counts of a service's lines in the window, by the value of a label. */
export async function countLines(url: string, service: string, label: string, { fromMs, toMs }: Window): Promise<ReadonlyMap<string, number>> {
  const endMs = toMs + minuteMs;
  const query = `sum by (${label}) (count_over_time({service="${service}"}[${(endMs - fromMs) / minuteMs}m]))`;
  const { data } = (await ask(url, '/loki/api/v1/query', { query, time: `${endMs}000000` })) as Vector;
  return new Map(data.result.map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]));
}

/** Lines that a selector and its filters find. */
export async function findLines(url: string, query: string, { fromMs, toMs }: Window): Promise<string[]> {
  const range = { start: `${fromMs}000000`, end: `${toMs + minuteMs}000000`, limit: '1000', direction: 'FORWARD' };
  const { data } = (await ask(url, '/loki/api/v1/query_range', { query, ...range })) as Streams;
  return data.result.flatMap(({ values }) => values.map(([, line]) => line));
}

async function ask(url: string, path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const answer = await fetch(`${url}${path}?${new URLSearchParams(parameters).toString()}`);
  if (!answer.ok) throw new Error(`${url}${path} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return answer.json();
}
