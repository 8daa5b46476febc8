/** What people do on GitHub's web pages while a chain runs. */
import { pressButton, rerequest, type CheckRun } from "./check-runs.js";
import { addComment, createIssue, issueOf } from "./issues.js";
import { openPull, synchronizePull } from "./pulls.js";
import { addAsset, deleteRelease } from "./releases.js";
import type { JsonObject } from "./types.js";
import { dispatchRepository, pushed } from "./start-workflows.js";
import { cancel, rerun } from "./workflow-runs.js";
import { account, knownRepository, type Release, type WorkflowRun, type World } from "./world.js";

export interface People {
  /** Anybody sends a repository_dispatch: a person, or an app, whose login ends in `[bot]`. */
  dispatch(repo: string, eventType: string, payload: JsonObject, by: string): void;
  /** Starts the workflows that listen to pushes, on the commit that is there. */
  push(repo: string, by: string): void;
  cancelRun(id: number): void;
  /** Runs all jobs of a completed run again. */
  rerun(id: number, by: string): void;
  deleteRun(id: number): void;
  deleteRelease(repo: string, id: number, by: string): void;
  deleteTag(repo: string, name: string): void;
  /** Opens an issue; returns its number. */
  openIssue(repo: string, title: string, by: string): number;
  comment(repo: string, issue: number, body: string, by: string): void;
  /** Opens a pull request of a branch; `head` is another repository for a fork's. Returns its number. */
  openPull(repo: string, branch: string, by: string, head?: string): number;
  /** The branch of a pull request has new commits. */
  pushPull(repo: string, number: number): void;
  /** Presses a button of a check run. */
  press(checkRunId: number, identifier: string, by: string): void;
  /** Asks for a check to be run again. */
  rerunCheck(checkRunId: number, by: string): void;
  /** Puts a file on a release. */
  attach(repo: string, releaseId: number, file: { name: string; content: Buffer }, by: string): void;
}

/** The people of a world. Each of them throws where there is nothing of that id. */
export function peopleOf(world: World): People {
  return {
    dispatch: (repo, eventType, payload, by) => {
      const actor = account(world, by, by.endsWith("[bot]") ? "Bot" : "User");
      dispatchRepository(world, knownRepository(world, repo), { eventType, payload, actor });
    },
    push: (repo, by) => {
      pushed(world, knownRepository(world, repo), account(world, by));
    },
    cancelRun: (id) => {
      cancel(world, knownRun(world, id), false);
    },
    rerun: (id, by) => {
      rerun(world, knownRun(world, id), "all-jobs", account(world, by));
      world.changed();
    },
    deleteRun: (id) => {
      knownRun(world, id).stopTimer();
      world.runs.delete(id);
      world.changed();
    },
    deleteRelease: (repo, id, by) => {
      deleteRelease(world, knownRelease(world, repo, id), account(world, by));
    },
    deleteTag: (repo, name) => {
      if (!knownRepository(world, repo).tags.delete(name)) throw new Error(`${repo} has no tag ${name}.`);
    },
    openIssue: (repo, title, by) =>
      createIssue(world, knownRepository(world, repo), { title, body: null, user: account(world, by) }).number,
    comment: (repo, number, body, by) => {
      const issue = issueOf(world, knownRepository(world, repo), number);
      addComment(world, issue, body, account(world, by, by.endsWith("[bot]") ? "Bot" : "User"));
    },
    openPull: (repo, branch, by, head = repo) =>
      openPull(world, knownRepository(world, repo), {
        head: knownRepository(world, head),
        branch,
        title: `Change of ${branch}`,
        user: account(world, by),
      }).number,
    pushPull: (repo, number) => {
      const found = world.pulls.find((pull) => pull.repository.fullName === repo && pull.number === number);
      if (found === undefined) throw new Error(`${repo} has no pull request ${number}.`);
      synchronizePull(world, found);
    },
    press: (id, identifier, by) => {
      pressButton(world, knownCheck(world, id), identifier, account(world, by));
    },
    rerunCheck: (id, by) => {
      rerequest(world, knownCheck(world, id), account(world, by));
    },
    attach: (repo, releaseId, { name, content }, by) => {
      addAsset(world, knownRelease(world, repo, releaseId), {
        name,
        content,
        label: null,
        state: "uploaded",
        contentType: "application/octet-stream",
        uploader: account(world, by),
      });
    },
  };
}

function knownCheck(world: World, id: number): CheckRun {
  const check = world.checkRuns.get(id);
  if (check === undefined) throw new Error(`The sandbox has no check run ${id}.`);
  return check;
}

function knownRun(world: World, id: number): WorkflowRun {
  const run = world.runs.get(id);
  if (run === undefined) throw new Error(`The sandbox has no workflow run ${id}.`);
  return run;
}

function knownRelease(world: World, repo: string, id: number): Release {
  const release = world.releases.get(id);
  if (release?.repository !== knownRepository(world, repo)) throw new Error(`${repo} has no release ${id}.`);
  return release;
}
