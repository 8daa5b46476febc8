/**
 * A program that behaves to the demo as the server does, without building anything: on a release webhook it uploads two
 * files to the release. The tests transpile it and run it with a mode before it.
 */
import { createHash, createSign } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";

declare const MODE: "good" | "dies" | "never-ready" | "wrong-sums" | "failing";

interface ReleaseHook {
  action: string;
  installation: { id: number };
  release: { url: string; upload_url: string; body: string };
}

const { APP_ID, PRIVATE_KEY, GHE_HOST, PORT, DATA_DIR } = process.env as Record<string, string>;
const RUN_AT = new Date().toISOString();
const run = {
  id: "run1",
  hub: "acme/product",
  tag: "v1.0.0",
  status: "building",
  conclusion: null as string | null,
  reason: null as string | null,
  why: null,
  createdAt: RUN_AT,
  startedAt: RUN_AT,
  completedAt: null as string | null,
  groups: [],
  components: [],
  release: null,
};
let announced = false;

function jwt(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: APP_ID, iat: now - 5, exp: now + 60 })}`;
  return `${text}.${createSign("sha256")
    .update(text)
    .sign(PRIVATE_KEY ?? "", "base64url")}`;
}

async function publish({ installation, release }: ReleaseHook): Promise<void> {
  const tokens = await fetch(`http://${GHE_HOST ?? ""}/api/v3/app/installations/${installation.id}/access_tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${jwt()}` },
  });
  const { token } = (await tokens.json()) as { token: string };
  const sum = createHash("sha256")
    .update(MODE === "wrong-sums" ? "other" : "firmware")
    .digest("hex");
  for (const [name, body] of Object.entries({ "firmware.bin": "firmware", SHA256SUMS: `${sum}  firmware.bin\n` })) {
    const answer = await fetch(release.upload_url.replace(/\{.*\}/, `?name=${name}`), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
      body,
    });
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
  }
  await fetch(release.url, {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      body: `${release.body}\n<!-- section -->\n| component | [files](http://example.com/files) |\n`,
    }),
  });
}

async function onWebhook(request: IncomingMessage): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const hook = JSON.parse(text) as ReleaseHook;
  if (request.headers["x-github-event"] !== "release" || hook.action !== "published") return;
  announced = true;
  if (MODE === "failing") run.reason = "config: there is nothing to build.";
  else await publish(hook);
  run.status = "completed";
  run.conclusion = MODE === "failing" ? "failure" : "success";
  run.completedAt = new Date().toISOString();
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === "POST") {
    void onWebhook(request);
    response.end();
    return;
  }
  if (request.url === "/readyz") {
    response.writeHead(MODE === "never-ready" ? 503 : 200).end();
    return;
  }
  const body = request.url?.startsWith("/api/v1/runs/") === true ? run : { items: announced ? [run] : [], next: null };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

if (MODE === "dies") {
  process.stderr.write("the database is locked\n");
  process.exit(1);
}
process.stdout.write(`pid ${process.pid}\n`);
createServer(answer).listen(Number(PORT), "127.0.0.1");
createServer(answer).listen(path.join(DATA_DIR ?? "", "control.sock"));
process.on("SIGTERM", () => process.exit(0));
