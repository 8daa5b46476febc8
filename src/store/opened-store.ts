import type { AccessStore } from "../coordinator/access-port.js";
import type { EventLog } from "../coordinator/events-port.js";
import type { Figures } from "../coordinator/figures-port.js";
import type { NoticeStore } from "../coordinator/notices-port.js";
import type { Store } from "../coordinator/ports.js";
import type { ReportStore } from "../coordinator/report-port.js";
import type { TraceStore } from "../coordinator/traces-port.js";

/** An open database: the coordinator's store, and what else is kept in it. */
export interface OpenedStore extends Store, Figures {
  readonly access: AccessStore;
  readonly events: EventLog;
  readonly reports: ReportStore;
  readonly notices: NoticeStore;
  readonly traces: TraceStore;
}
