/** Components with layers that need each other in any way, a few of them of one repository. */
import fc from "fast-check";
import type { GraphMember } from "../../src/chain/layer-graph.js";
import { layer, member } from "./layer-fixture.js";

const collection = fc.constantFrom("core", "a", "b", "c", "d", "e", "f", "A", "gone");
const need = fc
  .tuple(collection, fc.constantFrom("", " (>= 2)"), fc.constantFrom("", "", " ? qemuarm", " ? FEATURES=x"))
  .map((parts) => parts.join(""));
const few = fc.array(need, { maxLength: 2 });
const someLayer = fc
  .record({
    name: fc.constantFrom("core", "a", "b", "c", "d", "e", "f", ""),
    path: fc.constantFrom(".", "one", "two"),
    depends: few,
    recommends: few,
    dynamic: fc.array(
      fc.tuple(fc.constantFrom("", "!"), collection).map((parts) => parts.join("")),
      { maxLength: 2 },
    ),
    version: fc.constantFrom("1", "2"),
    series: fc.subarray(["kirkstone", "scarthgap", "wrynose"]),
    coreSeries: fc.subarray(["kirkstone", "scarthgap", "wrynose"]),
  })
  .map(({ name, ...words }) => layer(name, words));

export const someMembers: fc.Arbitrary<GraphMember[]> = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"),
      repo: fc.constantFrom("", "", "acme/one", "acme/two"),
      needs: fc.array(fc.constantFrom("m1", "m2", "m3", "m9"), { maxLength: 1 }),
      layers: fc.uniqueArray(someLayer, { maxLength: 3, selector: ({ path }) => path }),
    })
    .map(({ id, repo, needs, layers }) =>
      member(id, layers, { repo: repo || `acme/${id}`, needs: needs.filter((other) => other !== id) }),
    ),
  { maxLength: 8, selector: ({ id }) => id },
);
