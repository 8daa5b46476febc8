import fc from "fast-check";
import { expect, it } from "vitest";
import { everyPage } from "../../src/cli/server-client.js";
import { pageOf } from "../../src/http/pages.js";
import { startApi } from "./described-api.js";
import { makeBuildingRun } from "./sample-runs.js";

it("the pages of a list are the list, whatever a page holds", () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string({ minLength: 1 })),
      fc.integer({ min: 1, max: 7 }),
      async (all, limit) => {
        const sizes: number[] = [];
        const read = await everyPage((after) => {
          const page = pageOf(all, { after, limit }, (item) => item);
          sizes.push(page.items.length);
          return Promise.resolve(page);
        });
        expect(read).toEqual(all);
        expect(sizes).toHaveLength(Math.max(1, Math.ceil(all.length / limit)));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
      },
    ),
  ));

it("the artifacts of a release run come in pages, and one that is gone is no place to go on from", async () => {
  const { operations, call } = startApi();
  operations.runs.push(makeBuildingRun({ id: "r1" }));
  const verified = { githubDigest: true, checksumFiles: [], attestedBy: null };
  const file = { component: "base", artifact: "a/b", size: 1, sha256: "a".repeat(64), verified, kept: true };
  operations.files = ["one.img", "2/two.img", "three.img"].map((name) => ({ ...file, file: name }));
  const first = await call("GET", "/runs/r1/artifacts?limit=2");
  expect(first.body).toMatchObject({ items: [{ file: "one.img" }, { file: "2/two.img" }] });
  const next = encodeURIComponent(String(first.body["next"]));
  const second = await call("GET", `/runs/r1/artifacts?limit=2&after=${next}`);
  expect(second.body).toMatchObject({ items: [{ file: "three.img" }], next: null });
  operations.files.splice(1, 1);
  const gone = await call("GET", `/runs/r1/artifacts?after=${next}`);
  expect([gone.status, gone.body["detail"]]).toEqual([400, expect.stringContaining("Begin again") as string]);
});
