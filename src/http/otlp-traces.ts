/** Spans by OpenTelemetry, as OTLP over HTTP in JSON. Loads its SDK: to be imported only where there is somewhere to send to. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { HrTime, SpanContext } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, SamplingDecision, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace-base";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { SpanData } from "../chain/run-spans.js";
import type { Log } from "../coordinator/ports.js";
import { spanIdOf, traceIdOf } from "../coordinator/trace-ids.js";
import type { Traces } from "../coordinator/traces-port.js";

export interface OtlpOptions {
  endpoint: string;
  headers: Record<string, string>;
  /** Of the resource. */
  attributes: Record<string, string>;
  /** The share of traces that is told, 0 to 1. */
  share: number;
  version: string;
  /** Takes secrets out of what spans say. */
  redact: (text: string) => string;
  log: Log;
  /** Milliseconds that a flush may take; default 3 s. */
  flushWithin?: number;
}

/** A chain of a thousand components that was told by nobody yet is told at once. */
const LARGEST_QUEUE = 16_384;
const FLUSH_WITHIN = 3_000;
const SCOPE = "release-chain";
/** Sentences and names are cut there: they are to be read in a list. */
const LONGEST_TEXT = 1_000;

export interface OtlpTraces extends Traces {
  /** Sends what is left, within the time of a flush, and nothing any more. Never throws. */
  stop(): Promise<void>;
}

/** What cannot be sent is dropped, with one warning until something can be sent again. */
export function openOtlpTraces(options: OtlpOptions): OtlpTraces {
  const { endpoint: url, headers, log, redact, version } = options;
  const exporter = new OTLPTraceExporter({ url, headers });
  const deliveries = watchDeliveries(exporter, log, redact);
  const processor = new BatchSpanProcessor(deliveries.exporter, { maxQueueSize: LARGEST_QUEUE });
  const sampler = new TraceIdRatioBasedSampler(options.share);
  const resource = resourceFromAttributes({ "service.version": version, ...options.attributes });
  const common = { resource, instrumentationScope: { name: SCOPE, version } };

  async function flush(): Promise<boolean> {
    const before = deliveries.failures();
    const whole = await within(options.flushWithin ?? FLUSH_WITHIN, async () => {
      await processor.forceFlush();
      await deliveries.settled();
    });
    return whole && deliveries.failures() === before;
  }

  return {
    emit(trace, spans) {
      const traceId = traceIdOf(trace);
      const { decision } = sampler.shouldSample(ROOT_CONTEXT, traceId);
      if (decision !== SamplingDecision.RECORD_AND_SAMPLED) return;
      for (const span of spans) processor.onEnd({ ...common, ...readable(trace, traceId, span, redact) });
    },
    flush,
    async stop() {
      await within(options.flushWithin ?? FLUSH_WITHIN, () => processor.shutdown());
    },
  };
}

/** False: not within the time, or not at all. */
async function within(ms: number, work: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  const done = work().then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** The processor itself tells nobody that a batch was lost. */
function watchDeliveries(
  inner: SpanExporter,
  log: Log,
  redact: (text: string) => string,
): { exporter: SpanExporter; failures(): number; settled(): Promise<unknown> } {
  const underWay = new Set<Promise<void>>();
  let failures = 0;
  let isFailing = false;
  function failed(cause: string): void {
    failures++;
    if (!isFailing)
      log.warn(
        { cause: redact(cause) },
        "traces cannot be sent and are dropped; release runs go on. Look at OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS, and at the collector.",
      );
    isFailing = true;
  }
  const exporter: SpanExporter = {
    export(spans, done) {
      const { promise, resolve } = withResolver();
      underWay.add(promise);
      inner.export(spans, (result) => {
        if (result.error !== undefined) failed(result.error.message);
        else if (isFailing) {
          isFailing = false;
          log.info({}, "traces can be sent again");
        }
        underWay.delete(promise);
        resolve();
        done(result);
      });
    },
    shutdown: () => inner.shutdown(),
  };
  return { exporter, failures: () => failures, settled: () => Promise.all(underWay) };
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER } as const;

type Own = Omit<ReadableSpan, "resource" | "instrumentationScope">;

function readable(trace: string, traceId: string, span: SpanData, redact: (text: string) => string): Own {
  const { key, parent, name, kind, start, error, attributes, events } = span;
  // A clock that was set back.
  const end = Math.max(start, span.end);
  const tidy = (text: string): string => redact(text).slice(0, LONGEST_TEXT);
  const context = (of: string): SpanContext => ({
    traceId,
    spanId: spanIdOf(trace, of),
    traceFlags: TraceFlags.SAMPLED,
  });
  const own = context(key);
  const said = Object.entries(attributes).map(([at, value]) => [at, typeof value === "string" ? tidy(value) : value]);
  return {
    name: tidy(name),
    kind: KINDS[kind],
    spanContext: () => own,
    ...(parent !== null && { parentSpanContext: context(parent) }),
    startTime: hrTime(start),
    endTime: hrTime(end),
    duration: hrTime(end - start),
    status: error === null ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: tidy(error) },
    attributes: Object.fromEntries(said) as Record<string, string | number | boolean>,
    events: events.map(({ name: what, at }) => ({ name: what, time: hrTime(at), attributes: {} })),
    links: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
}
