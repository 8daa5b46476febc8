/** A collector of OpenTelemetry: takes OTLP over HTTP in JSON, as the specification has it, and keeps all of it. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  start: number;
  end: number;
  attributes: Record<string, unknown>;
  status: { code: number; message?: string };
  events: string[];
  resource: Record<string, unknown>;
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  spans: CollectedSpan[];
  /** Bodies as they came. */
  bodies: string[];
  headers: IncomingHttpHeaders[];
  /** What it answers; 200 takes the spans. */
  status: number;
}

/** On any port, until the test ends. */
export async function startCollector(): Promise<Collector> {
  const collector: Collector = { url: "", spans: [], bodies: [], headers: [], status: 200 };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      collector.bodies.push(body);
      collector.headers.push(request.headers);
      if (request.url !== "/v1/traces" || request.method !== "POST") response.statusCode = 404;
      else response.statusCode = collector.status;
      if (response.statusCode === 200) collector.spans.push(...spansOf(body));
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return collector;
}

interface Pair {
  key: string;
  value: Record<string, unknown>;
}

interface Wire {
  resourceSpans: {
    resource: { attributes: Pair[] };
    scopeSpans: { spans: (Record<string, unknown> & { attributes: Pair[]; events: { name: string }[] })[] }[];
  }[];
}

function spansOf(body: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body) as Wire;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...(span as unknown as CollectedSpan),
        start: Number(BigInt(span["startTimeUnixNano"] as string) / 1_000_000n),
        end: Number(BigInt(span["endTimeUnixNano"] as string) / 1_000_000n),
        attributes: recordOf(span.attributes),
        events: span.events.map(({ name }) => name),
        resource: recordOf(resource.attributes),
      })),
    ),
  );
}

function recordOf(pairs: readonly Pair[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
