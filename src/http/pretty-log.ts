/** A line of the JSON log, for a person at a terminal. */

const LEVELS: Record<string, string> = {
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO ",
  warn: "WARN ",
  error: "ERROR",
  fatal: "FATAL",
};

/** `12:34:56.789 WARN  What happened. key=value key="two words"`, then an error's stack, indented. Time is UTC. */
export function prettyLine(json: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const clock = typeof time === "string" ? time.slice(11, 23) : "";
  const label = typeof level === "string" ? (LEVELS[level] ?? level) : "";
  const head = [clock, label, printable(typeof msg === "string" ? msg : "")];
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${short(value)}`);
  const stack = errorText(err);
  const indented = stack === "" ? "" : `\n${stack.replace(/^/gm, "    ")}`;
  return `${[...head, ...rest].filter((part) => part !== "").join(" ")}${indented}\n`;
}

function short(value: unknown): string {
  if (typeof value === "string" && /^[\w./:@+-]+$/.test(value)) return value;
  return printable(JSON.stringify(value));
}

function errorText(err: unknown): string {
  if (err === undefined || err === null) return "";
  if (typeof err !== "object") return printable(JSON.stringify(err));
  const { stack, message, cause, errors } = err as Record<string, unknown>;
  const own = typeof stack === "string" ? stack : typeof message === "string" ? message : JSON.stringify(err);
  const inner = Array.isArray(errors) ? errors.map((error) => errorText(error)) : [];
  const because = cause === undefined ? [] : [`because: ${errorText(cause)}`];
  return [own.split("\n").map(printable).join("\n"), ...inner, ...because].join("\n");
}

/** What others wrote must not move the cursor or ring the bell. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
