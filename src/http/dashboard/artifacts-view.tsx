/** What was collected and what was published: sizes, digests, how each file was verified, and where it is downloaded. */
import type { RunView } from "../../chain/run-view.js";
import { listWords, sizeWords } from "../../chain/words.js";
import type { RunFile } from "../../coordinator/artifact-keeping.js";
import { Cell, counted, paths, Table } from "./parts.js";

/** More are not shown on one page. */
const MOST = 1_000;

/** `component`: only its files; null: all, and what was published. */
export function ArtifactsView({
  view,
  files,
  component,
}: {
  view: RunView;
  files: readonly RunFile[];
  component: string | null;
}) {
  const own = component === null ? files : files.filter((file) => file.component === component);
  return (
    <>
      <h2>Collected files</h2>
      <div id="files" data-live="yes">
        {own.length === 0 ? (
          <p class="empty">No file was collected yet.</p>
        ) : (
          <Files view={view} files={own} withComponent={component === null} />
        )}
      </div>
      {component === null ? <Published view={view} /> : null}
    </>
  );
}

function Files({ view, files, withComponent }: { view: RunView; files: readonly RunFile[]; withComponent: boolean }) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const beyond = files.length > MOST ? `, the first ${MOST.toLocaleString("en")} of which are here` : "";
  const heads = ["File", ...(withComponent ? ["Component"] : []), "Artifact", "Size", "SHA-256", "Verified by", ""];
  return (
    <Table caption={`${counted(files.length, "file")}, ${sizeWords(size)}${beyond}`} heads={heads}>
      {files.slice(0, MOST).map((file) => (
        <tr role="row">
          <th scope="row" role="rowheader">
            {file.file}
          </th>
          {withComponent ? (
            <Cell head="Component">
              <a href={paths.component(view.id, file.component)}>{file.component}</a>
            </Cell>
          ) : null}
          <Cell head="Artifact">{file.artifact}</Cell>
          <Cell head="Size" number>
            {sizeWords(file.size)}
          </Cell>
          <Cell head="SHA-256">
            <code class="digest">{file.sha256}</code>
          </Cell>
          <Cell head="Verified by">{verifiedWords(file.verified)}</Cell>
          <Cell head="">
            {file.kept ? (
              <a href={downloadPath(file)} download aria-label={`Download ${file.file}`}>
                Download
              </a>
            ) : (
              "no longer kept"
            )}
          </Cell>
        </tr>
      ))}
    </Table>
  );
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
