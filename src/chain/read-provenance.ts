/** Reads `provenance.intoto.jsonl`, from whomever it comes. */
import { z } from "zod";
import { IN_TOTO_TYPE, type DsseEnvelope } from "./dsse.js";
import { BUILD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE } from "./provenance.js";

/** Longest text that is read, in bytes: a thousand files with long names have a hundredth of it. */
export const PROVENANCE_LIMIT = 64 * 1024 * 1024;

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, "must be base64");
const envelopeSchema = z.object({
  payloadType: z.literal(IN_TOTO_TYPE),
  payload: base64,
  signatures: z.array(z.object({ keyid: z.string().default(""), sig: base64 })),
});
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in lower-case hex");
const release = z.object({ repo: z.string(), tag: z.string() });
const annotations = z.looseObject({
  component: z.string().optional(),
  artifact: z.string().optional(),
  path: z.string().optional(),
  joinedFrom: z.array(z.string()).optional(),
});
const statementSchema = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(z.object({ name: z.string(), digest: z.object({ sha256 }), annotations: annotations.optional() }))
    .min(1),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.object({
    buildDefinition: z.object({
      buildType: z.literal(BUILD_TYPE),
      externalParameters: z.looseObject({ hub: z.string(), tag: z.string(), target: release }),
      internalParameters: z.looseObject({ releaseRun: z.string() }),
      resolvedDependencies: z.array(
        z.looseObject({ annotations: z.looseObject({ evidence: z.string().optional() }).optional() }),
      ),
    }),
    runDetails: z.object({ builder: z.looseObject({ id: z.string() }) }),
  }),
});

export type ReadStatement = z.infer<typeof statementSchema>;

/** `problems`: sentences that begin with what they are about. */
export type ReadProvenance =
  { ok: true; envelope: DsseEnvelope; payload: Buffer; statement: ReadStatement } | { ok: false; problems: string[] };

/** Reads envelope and statement; what the statement says beyond what is looked at here is left out. Never throws. */
export function readProvenance(text: string): ReadProvenance {
  const envelope = parsed(text, envelopeSchema, "it");
  if (!envelope.ok) return envelope;
  const payload = Buffer.from(envelope.value.payload, "base64");
  const statement = parsed(payload.toString("utf8"), statementSchema, "its payload");
  return statement.ok ? { ok: true, envelope: envelope.value, payload, statement: statement.value } : statement;
}

function parsed<T>(
  text: string,
  schema: z.ZodType<T>,
  what: string,
): { ok: true; value: T } | { ok: false; problems: string[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problems: [`${what} is no JSON.`] };
  }
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.slice(0, 5).map(({ path, message }) => {
    const words = message.replace(/^Invalid input: /, "");
    return `${what}${path.map((key) => `[${JSON.stringify(key)}]`).join("")}: ${words}.`;
  });
  return { ok: false, problems };
}
