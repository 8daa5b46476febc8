/** A JSON object as it goes over the wire. */
export type JsonObject = Record<string, unknown>;
