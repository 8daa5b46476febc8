/** `/release-chain …` in a comment: what is asked for. */

export type SlashCommand =
  | { kind: "status" }
  | { kind: "retry"; component: string | null }
  | { kind: "cancel" }
  | { kind: "skip"; component: string }
  /** It begins like one and is none. */
  | { kind: "unknown"; words: string };

export const SLASH_COMMANDS = [
  "/release-chain status",
  "/release-chain retry [component]",
  "/release-chain cancel",
  "/release-chain skip component",
] as const;

const LINE = /^\/release-chain(?:[ \t]+([^\r\n]{0,500}))?[ \t]*\r?$/im;

/** The first line of a comment that is a command; null: there is none. Quoted lines and code are no commands. */
export function commandLine(body: string): string | null {
  const outside = body.replace(/^(`{3,}|~{3,})[\s\S]*?(?:^\1|$(?![\s\S]))/gm, "");
  return LINE.exec(outside)?.[0].trim() ?? null;
}

/** What a line of `commandLine` asks for. */
export function parseSlashCommand(line: string): SlashCommand {
  const [, verb = "", ...rest] = line.trim().split(/\s+/);
  const argument = rest.join(" ").replace(/^`(.*)`$/, "$1");
  const unknown: SlashCommand = { kind: "unknown", words: `${verb} ${argument}`.trim() };
  switch (verb.toLowerCase()) {
    case "status":
      return argument === "" ? { kind: "status" } : unknown;
    case "cancel":
      return argument === "" ? { kind: "cancel" } : unknown;
    case "retry":
      return { kind: "retry", component: argument === "" ? null : argument };
    case "skip":
      return argument === "" ? unknown : { kind: "skip", component: argument };
    default:
      return unknown;
  }
}
