/** Timers as a service, so that tests own time. */
export interface Timers {
  /** Runs once after the delay; the result cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

export const processTimers: Timers = {
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
