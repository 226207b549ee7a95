/**
 * Waits for all, those behind a failure included, so that nothing is under way any more when the caller is undone; then
 * rejects with the first failure in the order given.
 */
export async function sideBySide<T extends readonly unknown[] | []>(work: T): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
