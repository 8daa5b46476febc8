/** Everything that an open database answers: the store, and what has ports of its own. */
import type { NoticeStore } from "../coordinator/notices-port.js";
import type { Store } from "../coordinator/ports.js";

export interface OpenedStore extends Store {
  readonly notices: NoticeStore;
}
