/** The queue of a process that shares its database: wake-ups of its own, and words to and from the other workers. */
import type { Queue, Word } from "../coordinator/coordinator.js";
import type { WakeUps } from "./wake-ups.js";
import type { WorkerMail } from "./worker-mail.js";

/** `hear` gets what other workers tell this one. The mail is left open: what is told at the end still has to go out. */
export function sharedQueue(wakeUps: WakeUps, mail: WorkerMail, hear: (word: Word) => void): Queue {
  mail.listen(hear);
  return {
    ...wakeUps,
    tell: (worker, word) => {
      mail.tell(worker, word);
    },
    tidy: () => mail.tidy(),
    async stop() {
      await Promise.all([mail.stop(), wakeUps.stop()]);
    },
  };
}
