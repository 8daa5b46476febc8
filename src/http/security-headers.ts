/** Headers that every answer has, of whatever kind: what a browser must not do with it. Handlers may replace them. */
import type { Handler } from "./listener.js";

/** Nothing is loaded, sent or framed. The dashboard's pages have a policy of their own, without inline scripts either. */
const NOTHING = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
const FEATURES = [
  ...["accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen"],
  ...["geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"],
  ...["publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking"],
];

const HEADERS: Record<string, string> = {
  "content-security-policy": NOTHING,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // Not no-referrer: with it browsers say of forms that they come from nowhere.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": FEATURES.map((feature) => `${feature}=()`).join(", "),
  "cache-control": "no-store",
};

/** For a year, as browsers count it from the last answer on. Not for subdomains: they are others' affair. */
const HSTS = { "strict-transport-security": "max-age=31536000" };

/** `https`: people reach the listener by https only. */
export function withSecurityHeaders(handler: Handler, https: boolean): Handler {
  const headers = Object.entries({ ...HEADERS, ...(https && HSTS) });
  return async (request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    await handler(request, response);
  };
}
