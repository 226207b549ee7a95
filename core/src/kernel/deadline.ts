/** What became of work that had a deadline. Work that is late goes on, unwatched; its failure is swallowed. */
export type Outcome = { readonly state: 'done' } | { readonly state: 'failed'; readonly error: unknown } | { readonly state: 'late' };

/** What a timer can hold; a longer one would be over at once. */
const longestMs = 2 ** 31 - 1;

export async function within(milliseconds: number, work: () => Promise<unknown> | undefined): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ state: 'late' }), Math.min(milliseconds, longestMs));
  });
  try {
    return await Promise.race([outcomeOf(work), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function outcomeOf(work: () => Promise<unknown> | undefined): Promise<Outcome> {
  try {
    await work();
    return { state: 'done' };
  } catch (error) {
    return { state: 'failed', error };
  }
}
