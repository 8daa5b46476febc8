/** Names of the events of a release run: `VERSION.POSITION`, the version of its row after the change and the place among those of it. */

export interface EventPlace {
  version: number;
  position: number;
}

/** `12.0` */
export function eventId({ version, position }: EventPlace): string {
  return `${version}.${position}`;
}

/** null: it is no id of an event. */
export function readEventId(id: string): EventPlace | null {
  const parts = /^(\d{1,9})\.(\d{1,9})$/.exec(id);
  return parts === null ? null : { version: Number(parts[1]), position: Number(parts[2]) };
}

/** Below 0: the first comes before the second. */
export function compareEvents(a: EventPlace, b: EventPlace): number {
  return a.version - b.version || a.position - b.position;
}
