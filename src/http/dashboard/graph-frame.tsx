/** The graph in a frame that scrolls, with its sizes and the key to its signs. */
import { RunGraph, type GraphProps } from "./graph.js";
import { StateIcon } from "./parts.js";
import { componentState, lookOf, SHOWN_STATES } from "./states.js";

/** Chosen by radio buttons and the style sheet alone. */
const ZOOMS = [
  ["fit", "Fit"],
  ["50", "50 %"],
  ["75", "75 %"],
  ["100", "100 %"],
] as const;

export function GraphFrame(props: GraphProps) {
  const shown = new Set(props.run.components.map(componentState));
  return (
    <section class="graph-section" aria-labelledby="graph-heading">
      <div class="graph-top">
        <h2 id="graph-heading">Graph</h2>
        <fieldset class="zoom">
          <legend class="unseen">Size of the graph</legend>
          {ZOOMS.map(([zoom, name]) => (
            <label>
              <input type="radio" name="zoom" id={`zoom-${zoom}`} value={zoom} checked={zoom === "100"} />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <div class="graph-frame" tabindex={0} role="region" aria-labelledby="graph-heading">
        <div id="graph-live" data-live="yes">
          <RunGraph {...props} />
        </div>
      </div>
      <ul id="legend" class="legend" data-live="yes">
        {SHOWN_STATES.filter((state) => shown.has(state)).map((state) => (
          <li>
            <StateIcon of={state} />
            {lookOf(state).word}
          </li>
        ))}
        {props.longest.length < 2 ? null : (
          <li>
            <svg class="sample" viewBox="0 0 32 8" width="32" height="8" aria-hidden="true">
              <path class="edge critical" d="M0,4H32" />
            </svg>
            longest path
          </li>
        )}
      </ul>
    </section>
  );
}
