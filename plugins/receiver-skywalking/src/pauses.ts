/** Whether a sender has more to say just now. */

/** Each message, and undefined whenever the next is not there yet: what was gathered need not wait for it. */
export async function* withPauses<T>(messages: AsyncIterable<T>): AsyncGenerator<T | undefined, void> {
  const source = messages[Symbol.asyncIterator]();
  for (;;) {
    const next = source.next();
    if (!(await isThere(next))) yield undefined;
    const result = await next;
    if (result.done === true) return;
    yield result.value;
  }
}

/** True when it settles before the event loop has turned once. A rejection is still the caller's, who may have left by then. */
function isThere(promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const turn = setImmediate(() => resolve(false));
    const settled = (): void => {
      clearImmediate(turn);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
