/** The timeline of a release run: one row a component, a bar for each attempt, and what is still expected. */
import { html as markup } from "hono/html";
import { estimate, type Span } from "../../chain/estimate.js";
import type { Attempt, ComponentRun, ReleaseRun } from "../../chain/run.js";
import { durationWords } from "../../chain/words.js";
import { paths, StateIcon } from "./parts.js";
import { attemptState, lookOf } from "./states.js";
import { timeAxis, type TimeAxis } from "./time-axis.js";

/** Characters of a name that are shown; and what one is wide, at most nearly always. */
const LONGEST_NAME = 26;
const CHARACTER = 7.2;
const WIDTH = 1_100;
const ROW = 24;
const TOP = 28;
/** The least that a bar is wide, so that it can be seen and pointed at. */
const LEAST = 3;

export function Timeline({ run, now }: { run: ReleaseRun; now: number }) {
  const order = new Map(run.plan?.groups.flat().map((id, index) => [id, index]));
  const rows = run.components
    .filter((_, index) => run.plan?.components[index]?.build === true)
    .sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  const guess = estimate(run, now);
  const begun = run.startedAt ?? run.createdAt;
  const ends = [...(guess?.components.values() ?? [])].map(({ to }) => to);
  const label = labelWidth(rows.map(({ id }) => id));
  const axis = timeAxis(begun, Math.max(run.completedAt ?? now, ...ends), label, WIDTH - label - 12, 8);
  const height = TOP + rows.length * ROW + 8;
  return (
    <section aria-labelledby="timeline-heading">
      <h2 id="timeline-heading">Timeline</h2>
      <div class="timeline-frame" tabindex={0} role="region" aria-labelledby="timeline-heading">
        <div id="timeline-live" data-live="yes">
          <svg
            class="timeline"
            viewBox={`0 0 ${WIDTH} ${height}`}
            width={WIDTH}
            height={height}
            role="group"
            aria-labelledby="timeline-title timeline-text"
          >
            <title id="timeline-title">{`Timeline of ${run.hub}@${run.tag}`}</title>
            <desc id="timeline-text">The table of attempts below says the same in words. Times are UTC.</desc>
            <Ticks axis={axis} height={height} />
            {rows.map((component, index) => {
              const expected = guess?.components.get(component.id) ?? null;
              return row({ run, component, y: TOP + index * ROW, label, expected, axis, now });
            })}
            {run.completedAt === null ? <Now axis={axis} now={now} height={height} /> : null}
          </svg>
        </div>
      </div>
      <Key />
    </section>
  );
}

function Ticks({ axis, height }: { axis: TimeAxis; height: number }) {
  return (
    <g>
      {axis.ticks.map(({ at, name }) => (
        <>
          <path class="tick" d={`M${round(axis.x(at))},${TOP - 6}V${height}`} />
          <text class="small" x={round(axis.x(at))} y={TOP - 11} text-anchor="middle">
            {name}
          </text>
        </>
      ))}
    </g>
  );
}

function Now({ axis, now, height }: { axis: TimeAxis; now: number; height: number }) {
  const x = round(axis.x(now));
  return (
    <path class="now" d={`M${x},${TOP - 6}V${height}`}>
      <title>now</title>
    </path>
  );
}

interface RowProps {
  run: ReleaseRun;
  component: ComponentRun;
  y: number;
  label: number;
  expected: Span | null;
  axis: TimeAxis;
  now: number;
}

function row({ run, component: { id, attempts }, y, label, expected, axis, now }: RowProps) {
  return markup`<g id="bar-${id}">
<a href="${paths.component(run.id, id)}"><text class="row-name" x="${label - 10}" y="${y + 16}" text-anchor="end">${clipped(id)}${clipped(id) !== id && markup`<title>${id}</title>`}</text></a>
<path class="row-line" d="M${label},${y + ROW}H${WIDTH - 12}"/>
${expected === null ? null : expectedBar(expected, y, axis, now)}
${attempts.map((attempt) => bars({ attempt, component: id, y, axis, now }))}
</g>
`;
}

/** What is still to come of it. */
function expectedBar(span: Span, y: number, axis: TimeAxis, now: number) {
  const from = Math.max(span.from, now);
  if (span.to <= from) return null;
  const title = `expected, about ${durationWords(span.to - span.from)} as before`;
  return bar("expected", { axis, from, to: span.to, y: y + 6, height: ROW - 12 }, title);
}

interface BarPlace {
  axis: TimeAxis;
  from: number;
  to: number;
  y: number;
  height: number;
}

function bar(kind: string, { axis, from, to, y, height }: BarPlace, title: string) {
  return markup`<rect class="${kind}" x="${round(axis.x(from))}" y="${y}" width="${widthOf(axis, from, to)}" height="${height}" rx="2"><title>${title}</title></rect>`;
}

interface BarsProps {
  attempt: Attempt;
  component: string;
  y: number;
  axis: TimeAxis;
  now: number;
}

/** Waiting for its workflow run and a runner, being built, being collected. */
function bars({ attempt, component, y, axis, now }: BarsProps) {
  const { intendedAt, startedAt, succeededAt, completedAt } = attempt;
  const end = completedAt ?? now;
  const { tone, word } = lookOf(attemptState(attempt));
  const parts: [string, number, number, string][] = [
    ["queue", intendedAt, startedAt ?? end, "was sent, and waits for a runner"],
    ["work", startedAt ?? end, succeededAt ?? end, word],
    ["collect", succeededAt ?? end, end, "its artifacts are collected"],
  ];
  return markup`<g class="tone-${tone}">${parts
    .filter(([, from, to]) => to > from)
    .map(([kind, from, to, what]) => {
      const title = `${component}, attempt ${attempt.number}: ${what}, ${durationWords(to - from)}`;
      return bar(`bar-${kind}`, { axis, from, to, y: y + 4, height: ROW - 8 }, title);
    })}</g>`;
}

function Key() {
  return (
    <ul class="legend">
      {["queue", "work", "collect"].map((kind) => (
        <li class="tone-busy">
          <svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true">
            <rect class={`bar-${kind}`} x="1" y="1" width="22" height="10" rx="2" />
          </svg>
          {kind === "queue" ? "sent, waits for a runner" : kind === "work" ? "is built" : "is collected"}
        </li>
      ))}
      <li>
        <StateIcon of="success" /> green: succeeded
      </li>
      <li>
        <StateIcon of="failure" /> red: failed
      </li>
      <li>
        <svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true">
          <rect class="expected" x="1" y="2" width="22" height="8" rx="2" />
        </svg>
        expected
      </li>
    </ul>
  );
}

function widthOf(axis: TimeAxis, from: number, to: number): number {
  return Math.max(LEAST, round(axis.x(to) - axis.x(from)));
}

function labelWidth(names: readonly string[]): number {
  const longest = Math.max(6, ...names.map((name) => name.length));
  return Math.round(20 + CHARACTER * Math.min(LONGEST_NAME, longest));
}

function clipped(name: string): string {
  const characters = Array.from(name);
  return characters.length <= LONGEST_NAME ? name : `${characters.slice(0, LONGEST_NAME - 1).join("")}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
