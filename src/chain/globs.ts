/** Globs over paths and names, as in the configuration. */
import picomatch from "picomatch";

/** Whether any glob matches the whole of `value`; `**` crosses `/`, and a leading dot is nothing special. */
export function matchesAnyPath(globs: string[], value: string): boolean {
  return globs.length > 0 && picomatch(globs, { dot: true })(value);
}
