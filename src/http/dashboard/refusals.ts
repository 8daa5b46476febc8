/** What of several commands the actor may not do. */
import type { ReleaseRun } from "../../chain/run.js";
import { rightOf, type Asked } from "./commands.js";
import type { Desk, PageContext } from "./desk.js";

/** Why, by what is asked; what they may do is not in it. */
export async function refusals(
  c: PageContext,
  desk: Desk,
  run: ReleaseRun,
  asked: readonly Asked[],
): Promise<Map<Asked, string>> {
  const whys = await Promise.all(asked.map((one) => desk.mayNot(c, rightOf(one), run.hub)));
  return new Map(asked.flatMap((one, index) => (whys[index] == null ? [] : [[one, whys[index]] as const])));
}
