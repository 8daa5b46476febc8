/** Where traces go, from the variables that OpenTelemetry names: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export interface TraceSettings {
  /** Of the traces themselves, with `/v1/traces` where that is usual. */
  endpoint: string;
  headers: Record<string, string>;
  /** Of the resource; `service.name` among them. */
  attributes: Record<string, string>;
  /** The share of traces that is told, 0 to 1; each is told whole or not at all. */
  share: number;
}

/** The values of the variables that they are named after; null: unset. */
export interface TraceVariables {
  endpoint: string | null;
  tracesEndpoint: string | null;
  headers: string | null;
  tracesHeaders: string | null;
  serviceName: string | null;
  resourceAttributes: string | null;
  sampler: (typeof SAMPLERS)[number] | null;
  samplerArg: string | null;
}

export const SAMPLERS = [
  ...(["always_on", "always_off", "traceidratio"] as const),
  ...(["parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"] as const),
] as const;

const SERVICE = "release-chain";
/** The name of a header, as HTTP has it. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** null: there is no endpoint, and so no traces. `problems` gets sentences that quote no header; `secrets` what must never be seen. */
export function readTraceSettings(
  variables: TraceVariables,
  { problems, secrets }: { problems: string[]; secrets: string[] },
): TraceSettings | null {
  const { tracesEndpoint, endpoint, serviceName, resourceAttributes } = variables;
  const given = tracesEndpoint ?? endpoint;
  if (given === null) return null;
  const name = tracesEndpoint === null ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  const url = webAddress(given);
  if (url === null)
    problems.push(
      `${name} must be an http or https address without user and fragment, such as \`http://localhost:4318\`; what the collector asks for goes into OTEL_EXPORTER_OTLP_HEADERS.`,
    );
  const headers = {
    ...readPairs("OTEL_EXPORTER_OTLP_HEADERS", variables.headers, problems, secrets),
    ...readPairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS", variables.tracesHeaders, problems, secrets),
  };
  const attributes = readPairs("OTEL_RESOURCE_ATTRIBUTES", resourceAttributes, problems, null);
  const service = serviceName ?? attributes["service.name"] ?? SERVICE;
  return {
    endpoint: url === null ? "" : tracesEndpoint === null ? `${url.replace(/\/+$/, "")}/v1/traces` : url,
    headers,
    attributes: { ...attributes, "service.name": service },
    share: readShare(variables, problems),
  };
}

function webAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain =
    url !== null && ["http:", "https:"].includes(url.protocol) && url.username + url.password + url.hash === "";
  return plain ? url.href : null;
}

/** `key=value,key=value`, the values percent-encoded. `secrets`: null where they are none. */
function readPairs(
  name: string,
  text: string | null,
  problems: string[],
  secrets: string[] | null,
): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const [index, part] of (text ?? "").split(",").entries()) {
    if (part.trim() === "") continue;
    const at = part.indexOf("=");
    const key = part.slice(0, Math.max(at, 0)).trim();
    const raw = part.slice(at + 1).trim();
    const value = decoded(raw);
    if (secrets !== null) secrets.push(...[raw, value ?? ""].filter((secret) => secret !== ""));
    if (at > 0 && TOKEN.test(key) && value !== null) pairs[key] = value;
    else
      problems.push(
        `${name} must be a list such as \`key=value,other=value\`, with , = and % in a value written as %2C, %3D and %25: its part ${index + 1} is none.`,
      );
  }
  return pairs;
}

/** null: a % that is no escape, or a line end, which no header may hold. */
function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return /[\r\n\0]/.test(value) ? null : value;
  } catch {
    return null;
  }
}

/** A release run's trace has no parent elsewhere: `parentbased_` says nothing of it. */
function readShare({ sampler, samplerArg }: TraceVariables, problems: string[]): number {
  switch (sampler) {
    case null:
    case "always_on":
    case "parentbased_always_on":
      return 1;
    case "always_off":
    case "parentbased_always_off":
      return 0;
    case "traceidratio":
    case "parentbased_traceidratio": {
      const share = /^\d*\.?\d+$/.test(samplerArg ?? "1") ? Number(samplerArg ?? 1) : NaN;
      if (share >= 0 && share <= 1) return share;
      problems.push("OTEL_TRACES_SAMPLER_ARG must be a share of the traces, from 0 to 1, such as 0.25.");
      return 1;
    }
  }
}
