/** What was collected and what was published: sizes, digests, how each file was verified, and where it is downloaded. */
import { html as markup } from "hono/html";
import type { RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";
import { listWords, sizeWords } from "../../chain/words.js";
import type { RunFile } from "../../coordinator/artifact-keeping.js";
import type { Operations } from "../../coordinator/operations.js";
import { Cell, counted, paths, Table } from "./parts.js";

/** More are not shown on one page. */
const MOST = 1_000;

/** The files that a page shows, and what there is of them in all. */
export interface ShownFiles {
  files: RunFile[];
  all: { count: number; size: number };
}

/** Of one component; null: of all. Of what is not shown nobody asks the disk. */
export async function shownFiles(
  operations: Operations,
  run: ReleaseRun,
  component: string | null,
): Promise<ShownFiles> {
  const sizes = run.components
    .filter(({ id }) => component === null || id === component)
    .flatMap(({ artifacts }) => artifacts.flatMap(({ files }) => files.map(({ size }) => size)));
  const files = await operations.artifacts.ofRun(run, { ...(component !== null && { component }), most: MOST });
  return { files, all: { count: sizes.length, size: sizes.reduce((sum, size) => sum + size, 0) } };
}

/** `component`: the files are those of one; null: of all, and what was published is shown too. */
export function ArtifactsView({
  view,
  files: own,
  component,
}: {
  view: RunView;
  files: ShownFiles;
  component: string | null;
}) {
  return (
    <>
      <h2>Collected files</h2>
      <div id="files" data-live="yes">
        {own.files.length === 0 ? (
          <p class="empty">No file was collected yet.</p>
        ) : (
          <Files view={view} shown={own} withComponent={component === null} />
        )}
      </div>
      {component === null ? <Published view={view} /> : null}
    </>
  );
}

function Files({ view, shown, withComponent }: { view: RunView; shown: ShownFiles; withComponent: boolean }) {
  const { files, all } = shown;
  const beyond = all.count > files.length ? `, the first ${files.length.toLocaleString("en")} of which are here` : "";
  const heads = ["File", ...(withComponent ? ["Component"] : []), "Artifact", "Size", "SHA-256", "Verified by", ""];
  return (
    <Table caption={`${counted(all.count, "file")}, ${sizeWords(all.size)}${beyond}`} heads={heads}>
      {files.map((file) => row(view, file, withComponent))}
    </Table>
  );
}

function row(view: RunView, file: RunFile, withComponent: boolean) {
  const { component } = file;
  const link = markup`<a href="${paths.component(view.id, component)}">${component}</a>`;
  return markup`<tr role="row">${[
    markup`<th scope="row" role="rowheader">${file.file}</th>`,
    withComponent && Cell({ head: "Component", children: link }),
    Cell({ head: "Artifact", children: file.artifact }),
    Cell({ head: "Size", children: sizeWords(file.size), number: true }),
    Cell({ head: "SHA-256", children: markup`<code class="digest">${file.sha256}</code>` }),
    Cell({ head: "Verified by", children: verifiedWords(file.verified) }),
    Cell({ head: "", children: file.kept ? download(file) : "no longer kept" }),
  ]}</tr>`;
}

function download(file: RunFile) {
  return markup`<a href="${downloadPath(file)}" download aria-label="Download ${file.file}">Download</a>`;
}

/** Saved under the last part of its path. */
function downloadPath({ sha256, file }: RunFile): string {
  return `/api/v1/artifacts/${sha256}?name=${encodeURIComponent(file.slice(file.lastIndexOf("/") + 1))}`;
}

function verifiedWords({ githubDigest, checksumFiles, attestedBy }: RunFile["verified"]): string {
  const ways = [
    ...(githubDigest ? ["GitHub's digest"] : []),
    ...checksumFiles,
    ...(attestedBy === null ? [] : [`the attestation of ${attestedBy}`]),
  ];
  return ways.length === 0 ? "its length only" : listWords(ways, 6);
}

function Published({ view }: { view: RunView }) {
  const assets = view.release?.assets ?? [];
  return (
    <>
      <h2>Published files</h2>
      <div id="published" data-live="yes">
        {assets.length === 0 ? (
          <p class="empty">Nothing was published yet.</p>
        ) : (
          <Table caption={`${counted(assets.length, "file")} on the release`} heads={["File", "Size", "SHA-256"]}>
            {assets.map(({ name, size, sha256 }) => (
              <tr role="row">
                <th scope="row" role="rowheader">
                  {name}
                </th>
                <Cell head="Size" number>
                  {sizeWords(size)}
                </Cell>
                <Cell head="SHA-256">
                  <code class="digest">{sha256}</code>
                </Cell>
              </tr>
            ))}
          </Table>
        )}
      </div>
    </>
  );
}
