/** Timers, passed in so that tests can move time. */
export interface Timers {
  /** Calls `fire` once, after so many ms. Returns how to forget it. */
  after(ms: number, fire: () => void): () => void;
}

/** Those of the process; they do not keep it alive. */
export const processTimers: Timers = {
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
