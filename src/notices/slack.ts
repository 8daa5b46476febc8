/** A notice as a message for Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
import type { NoticeContent } from "../chain/notice-text.js";
import type { NoticeKind } from "../chain/notices.js";

/** Slack: a text object of a section has at most 3,000 characters, a header 150. */
const LONGEST_SECTION = 3_000;
const LONGEST_HEADER = 150;

const SIGNS: Record<NoticeKind, string> = {
  succeeded: ":white_check_mark:",
  failed: ":x:",
  cancelled: ":black_square_for_stop:",
  held: ":raising_hand:",
};

/** The body of the request, as JSON. */
export function slackMessage({ kind, title, lines, todo, links, run }: NoticeContent): string {
  const parts = [
    lines.map(escapeText).join("\n"),
    todo.length === 0 ? "" : `*What to do*\n${todo.map((line) => `• ${command(line)}`).join("\n")}`,
    links.map(({ text, url }) => `<${escapeUrl(url)}|${escapeText(text).replaceAll("|", "¦")}>`).join("  ·  "),
  ].filter((text) => text !== "");
  const header = cut(title.replaceAll("<", "‹").replaceAll(">", "›"), LONGEST_HEADER);
  return JSON.stringify({
    // What notifications and screen readers show.
    text: `${SIGNS[kind]} ${escapeText(title)}`,
    blocks: [
      { type: "header", text: { type: "plain_text", text: header, emoji: false } },
      ...parts.map((text) => ({
        type: "section",
        text: { type: "mrkdwn", text: cut(text, LONGEST_SECTION), verbatim: true },
      })),
      { type: "context", elements: [{ type: "plain_text", text: `Release run ${run.id}`, emoji: false }] },
    ],
    unfurl_links: false,
    unfurl_media: false,
  });
}

/** The command that follows the colon, so that it can be copied. */
function command(line: string): string {
  const at = line.lastIndexOf(": release-chain ");
  if (at < 0) return escapeText(line);
  return `${escapeText(line.slice(0, at))}: \`${escapeText(line.slice(at + 2)).replaceAll("`", "ˋ")}\``;
}

/** `<!channel>` and links come from angle brackets alone. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function escapeUrl(url: string): string {
  return escapeText(url).replaceAll("|", "%7C");
}

function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
