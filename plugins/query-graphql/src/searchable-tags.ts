/** Tags that may be searched by, and their values. The analyzers keep the lists: `<signal>_tag` of what was seen, `<signal>_tag_key` of what may be. */
import type { TraceQuery } from '@meterlark/core';
import { recordRange, type DurationInput } from './duration.js';
import { given } from './who.js';

const tenant = '';
const maxSearchable = 10_000;
const maxShown = 100;
const always = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };

export interface TagInput {
  readonly key: string;
  readonly value?: string | null;
}

export interface Tag {
  readonly key: string;
  readonly value?: string;
}

export function tagsOf(tags: readonly TagInput[] | null | undefined): readonly Tag[] {
  return (tags ?? []).map(({ key, value }) => tagOf(key.trim(), given(value?.trim())));
}

export class SearchableTags {
  constructor(
    private readonly lists: Pick<TraceQuery, 'facets'>,
    private readonly signal: 'trace' | 'log',
  ) {}

  /** As the protocol has it: a tag that nobody may search by finds nothing. */
  async cover(tags: readonly Tag[]): Promise<boolean> {
    if (tags.length === 0) return true;
    const keys = new Set(await this.lists.facets({ tenant, ...always, list: `${this.signal}_tag_key`, limit: maxSearchable }));
    return tags.every(({ key }) => keys.has(key));
  }

  keys(duration: DurationInput): Promise<readonly string[]> {
    return this.lists.facets({ tenant, ...recordRange(duration), list: `${this.signal}_tag`, limit: maxShown });
  }

  values(key: string, duration: DurationInput): Promise<readonly string[]> {
    return this.lists.facets({ tenant, ...recordRange(duration), list: `${this.signal}_tag`, key, limit: maxShown });
  }
}

function tagOf(key: string, value: string | undefined): Tag {
  return value === undefined ? { key } : { key, value };
}
