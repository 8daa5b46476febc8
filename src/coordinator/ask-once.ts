/** One answer of GitHub for each question, for as long as one plan is made. */
import type { GitHub } from "./ports.js";

/**
 * The port, which asks what planning wants of a repository once, however many components share it; they then see the same
 * commit, also where somebody pushes meanwhile. A failure is an answer, too: for another try make another one.
 */
export function askingOnce(github: GitHub): GitHub {
  return {
    ...github,
    installation: once((repo) => github.installation(repo)),
    repository: once((repo, as) => github.repository(repo, as)),
    commitSha: once((repo, ref, as) => github.commitSha(repo, ref, as)),
    readFile: once((repo, path, ref, as) => github.readFile(repo, path, ref, as)),
    workflows: once((repo) => github.workflows(repo)),
  };
}

function once<Question extends unknown[], Answer>(
  ask: (...question: Question) => Promise<Answer>,
): (...question: Question) => Promise<Answer> {
  const asked = new Map<string, Promise<Answer>>();
  return (...question) => {
    const key = JSON.stringify(question);
    const known = asked.get(key) ?? ask(...question);
    asked.set(key, known);
    return known;
  };
}
