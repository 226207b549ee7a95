/** Tags that searches complete: every one that was sent and kept must be offered. */
import { durationOf, graphql, type Window } from './client.js';
import type { Found } from './found.js';

/** Others may send logs, too: what is offered beyond the demo's own is no difference. */
export async function compareTags(url: string, window: Window, sent: ReadonlyMap<string, ReadonlySet<string>>): Promise<Found[]> {
  const duration = { d: durationOf(window) };
  const keys = 'query ($d: Duration!) { offered: queryLogTagAutocompleteKeys(duration: $d) }';
  const values = 'query ($d: Duration!, $k: String!) { offered: queryLogTagAutocompleteValues(tagKey: $k, duration: $d) }';
  const ask = async (query: string, variables: object): Promise<readonly string[]> =>
    (await graphql<{ offered: readonly string[] }>(url, query, { ...duration, ...variables })).offered;
  const found = [...sent].map(async ([key, wanted]) => offered(`values of ${key}`, [...wanted], await ask(values, { k: key })));
  return [offered('keys of tags', [...sent.keys()], await ask(keys, {})), ...(await Promise.all(found))];
}

function offered(title: string, wanted: readonly string[], answered: readonly string[]): Found {
  const present = wanted.filter((one) => answered.includes(one)).length;
  return { title, sent: wanted.length, answered: present, differing: wanted.length - present };
}
