/** Who may use the loopback listener, which asks for no sign-in: programs of this machine, not pages in its browsers. */
import type { IncomingHttpHeaders } from "node:http";
import type { ProblemCode } from "./problem.js";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

export interface Refusal {
  status: number;
  code: ProblemCode;
  detail: string;
}

/**
 * Refuses a Host that is not loopback (a page whose name was rebound to 127.0.0.1), an Origin that is not, and a write
 * that is neither declared JSON nor a form of the dashboard's own pages: other pages may send forms to any host without
 * asking first, but they cannot say that they come from here. null: it may pass.
 */
export function localRefusal(method: string, path: string, headers: IncomingHttpHeaders): Refusal | null {
  if (!LOOPBACK.test(headers.host ?? "")) {
    return forbidden("This listener answers to localhost, 127.0.0.1 and [::1] only. Use one of them in the address.");
  }
  const origin = headers.origin;
  if (origin !== undefined && !LOOPBACK.test(origin.replace(/^https?:\/\//, ""))) {
    return forbidden("This listener does not answer to pages from elsewhere.");
  }
  if (["GET", "HEAD", "OPTIONS"].includes(method)) return null;
  const type = headers["content-type"] ?? "";
  if (/^application\/json\s*(;|$)/i.test(type)) return null;
  // The API takes no forms; curl says so of all that it posts.
  if (!path.startsWith("/api/") && /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    if (origin === `http://${headers.host ?? ""}`) return null;
    return forbidden("This form does not come from a page of this listener. Open the page again, and use its button.");
  }
  return {
    status: 415,
    code: "unsupported-media-type",
    detail: "Send JSON, with the header `Content-Type: application/json`.",
  };
}

function forbidden(detail: string): Refusal {
  return { status: 403, code: "forbidden", detail };
}
