/** The routes of GitHub's REST API that are used here, in the words of its documentation. */

const REPOSITORY = "/repos/{owner}/{repo}";

/** Below a repository; the first that fits. A last part that ends in `…` takes all that is left. */
const BELOW = [
  "",
  "/actions/artifacts/{artifact_id}/zip",
  "/actions/jobs/{job_id}/logs",
  "/actions/runs",
  "/actions/runs/{run_id}",
  "/actions/runs/{run_id}/artifacts",
  "/actions/runs/{run_id}/attempts/{attempt_number}/jobs",
  "/actions/runs/{run_id}/cancel",
  "/actions/runs/{run_id}/force-cancel",
  "/actions/runs/{run_id}/rerun",
  "/actions/runs/{run_id}/rerun-failed-jobs",
  "/actions/workflows",
  "/actions/workflows/{workflow_id}/dispatches",
  "/attestations/{subject_digest}",
  "/check-runs",
  "/check-runs/{check_run_id}",
  "/check-runs/{check_run_id}/annotations",
  "/collaborators/{username}/permission",
  "/commits/{ref}",
  "/commits/{ref}/check-runs",
  "/compare/{basehead}",
  "/contents/{path…}",
  "/dispatches",
  "/git/blobs/{file_sha}",
  "/git/ref/{ref…}",
  "/git/refs",
  "/git/refs/{ref…}",
  "/git/trees/{tree_sha}",
  "/installation",
  "/issues",
  "/issues/comments/{comment_id}/reactions",
  "/issues/{issue_number}",
  "/issues/{issue_number}/comments",
  "/pulls/{pull_number}/files",
  "/releases",
  "/releases/assets/{asset_id}",
  "/releases/latest",
  "/releases/tags/{tag}",
  "/releases/{release_id}",
  "/releases/{release_id}/assets",
];

const OTHERS = [
  "/app",
  "/app/hook/deliveries",
  "/app/hook/deliveries/{delivery_id}/attempts",
  "/app/installations/{installation_id}/access_tokens",
  "/installation/repositories",
  "/orgs/{org}/installation",
  "/users/{username}/installation",
];

const ROUTES = [...BELOW.map((route) => REPOSITORY + route), ...OTHERS].map((route) => ({
  route,
  parts: route.split("/").slice(1),
}));

/** Not one of those above: nothing of the path is told. */
export const UNKNOWN_ROUTE = "/{path…}";

/** The route of a request's path, or of its whole URL: without anything that was filled in, and without the query. */
export function routeOf(path: string): string {
  const parts = (URL.canParse(path) ? new URL(path).pathname : (path.split("?")[0] ?? ""))
    // An Enterprise Server's, for uploads on a host of their own.
    .replace(/^\/api\/(v3|uploads)(?=\/)/, "")
    .split("/")
    .slice(1);
  return ROUTES.find((known) => fits(known.parts, parts))?.route ?? UNKNOWN_ROUTE;
}

function fits(known: readonly string[], parts: readonly string[]): boolean {
  const takesRest = known.at(-1)?.endsWith("…}") ?? false;
  if (takesRest ? parts.length < known.length : parts.length !== known.length) return false;
  return known.every((part, index) => part.startsWith("{") || part === parts[index]);
}
