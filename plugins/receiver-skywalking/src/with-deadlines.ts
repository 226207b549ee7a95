/** How long messages of a stream may be gathered. */

const over = Symbol('over');

/** Each message, and undefined so many milliseconds after the first one since: then what was gathered goes on. */
export async function* withDeadlines<T>(messages: AsyncIterable<T>, longestMs: number): AsyncGenerator<T | undefined, void> {
  const source = messages[Symbol.asyncIterator]();
  let deadline: Deadline | undefined;
  try {
    for (;;) {
      const next = source.next();
      if (deadline !== undefined && (await Promise.race([deadline.passed, settled(next)])) === over) {
        deadline = undefined;
        yield undefined;
      }
      const result = await next;
      if (result.done === true) return;
      yield result.value;
      deadline ??= new Deadline(longestMs);
    }
  } finally {
    deadline?.clear();
  }
}

class Deadline {
  readonly passed: Promise<typeof over>;
  private timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.passed = new Promise((resolve) => {
      this.timer = setTimeout(() => resolve(over), ms).unref();
    });
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

/** A rejection is for whoever asks for the result, who may have left by then. */
function settled(promise: Promise<unknown>): Promise<void> {
  const nothing = (): void => undefined;
  return promise.then(nothing, nothing);
}
