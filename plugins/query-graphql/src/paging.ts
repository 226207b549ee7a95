import { graphqlErrors } from './errors.js';

/** Pages are numbered from 1; a page of number 0 is the first. No total is ever answered. */
export interface PagingInput {
  readonly pageNum?: number | null;
  readonly pageSize: number;
}

/** Stores sort all rows up to the last of the page. */
const deepest = 1_000_000;

/** `lastRow`: that a page may end with. */
export function pageOf({ pageNum, pageSize }: PagingInput, maxRows: number, lastRow = deepest): { readonly limit: number; readonly offset: number } {
  const size = Math.max(0, pageSize);
  const page = { limit: Math.min(size, maxRows), offset: size * (Math.max(1, pageNum ?? 1) - 1) };
  if (page.limit + page.offset > lastRow) throw graphqlErrors.METERLARK_GRAPHQL_PAGE_TOO_DEEP({ row: page.limit + page.offset, limit: lastRow });
  return page;
}
