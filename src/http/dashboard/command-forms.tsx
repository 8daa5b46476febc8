/** Buttons, and the question that each asks first: plain links and forms, which need no script. */
import type { RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";
import { hindrance, wordsOf, type Asked, type Words } from "./commands.js";
import { Csrf } from "./page.js";
import { Outside, paths } from "./parts.js";

/** Where it is asked, and where its answer goes. */
export function commandPath(run: Pick<ReleaseRun, "id">, { name, component }: Asked): string {
  return `${component === null ? paths.run(run.id) : paths.component(run.id, component)}/${name}`;
}

export interface ButtonsProps {
  run: ReleaseRun;
  asked: readonly Asked[];
  /** Why the actor may not, by what is asked. */
  mayNot: ReadonlyMap<Asked, string>;
  now: number;
}

/** What can be done now. What the actor may not do is there, and says why where one points at it, taps it or reaches it with Tab. */
export function CommandButtons({ run, asked, mayNot, now }: ButtonsProps) {
  const possible = asked.filter((one) => hindrance(run, one, now) === null);
  return (
    <div id="buttons" class="buttons" data-live="yes">
      {possible.map((one) => {
        const { button, danger } = wordsOf(run, one);
        const why = mayNot.get(one);
        const id = `button-${one.name}`;
        return why === undefined ? (
          <a id={id} class={`button${danger ? " danger" : ""}`} href={commandPath(run, one)}>
            {button}
          </a>
        ) : (
          <span class="refused">
            <button type="button" id={id} aria-disabled="true" aria-describedby={`why-${one.name}`}>
              {button}
            </button>
            <span id={`why-${one.name}`} class="why-not" role="tooltip">
              {why}
            </span>
          </span>
        );
      })}
    </div>
  );
}

export interface QuestionProps {
  run: ReleaseRun;
  view: RunView;
  asked: Asked;
  csrf: string | null;
  /** Why it cannot be done; null: it can. */
  cannot: string | null;
}

/** The question before a command. */
export function Question({ run, view, asked, csrf, cannot }: QuestionProps) {
  const words = wordsOf(run, asked);
  const back = asked.component === null ? paths.run(run.id) : paths.component(run.id, asked.component);
  return (
    <>
      <p class="crumbs">
        <a href={paths.run(run.id)}>{`${run.hub}@${run.tag}`}</a>
        {asked.component === null ? null : <> / {<a href={back}>{asked.component}</a>}</>}
      </p>
      <h1>{words.question}</h1>
      {cannot === null ? <p>{words.consequence}</p> : <p class="note tone-warn">{cannot}</p>}
      <form class="question" method="post" action={commandPath(run, asked)}>
        <Csrf token={csrf} />
        {asked.name === "adopt" && cannot === null ? <Candidates view={view} component={asked.component} /> : null}
        <div class="buttons">
          {cannot === null ? <YesButton words={words} /> : null}
          <a class="button" href={back}>
            {cannot === null ? words.no : "Back"}
          </a>
        </div>
      </form>
    </>
  );
}

function YesButton({ words }: { words: Words }) {
  return (
    <button type="submit" class={words.danger ? "danger" : "main"}>
      {words.yes}
    </button>
  );
}

/** The workflow runs that could be it, or a field for the id of another. */
function Candidates({ view, component }: { view: RunView; component: string | null }) {
  const found = view.components.find(({ id }) => id === component);
  const candidates = found?.attempts.at(-1)?.candidates ?? [];
  const web = /^(https?:\/\/[^/]+)\//.exec(view.release?.url ?? "")?.[1] ?? null;
  if (candidates.length === 0)
    return (
      <p>
        <label>
          Id of the workflow run <input name="workflowRunId" inputmode="numeric" pattern="[0-9]{1,16}" required />
        </label>
      </p>
    );
  return (
    <fieldset>
      <legend>Workflow runs that could be it</legend>
      {candidates.map((id) => (
        <p>
          <label>
            <input type="radio" name="workflowRunId" value={id} required /> {id}
          </label>{" "}
          <Outside to={web === null || found === undefined ? null : `${web}/${found.repo}/actions/runs/${id}`}>
            look at it
          </Outside>
        </p>
      ))}
    </fieldset>
  );
}
