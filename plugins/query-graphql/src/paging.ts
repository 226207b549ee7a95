/** Pages are numbered from 1; a page of number 0 is the first. No total is ever answered. */
export interface PagingInput {
  readonly pageNum?: number | null;
  readonly pageSize: number;
}

export function pageOf({ pageNum, pageSize }: PagingInput, maxRows: number): { readonly limit: number; readonly offset: number } {
  const size = Math.max(0, pageSize);
  return { limit: Math.min(size, maxRows), offset: size * (Math.max(1, pageNum ?? 1) - 1) };
}
