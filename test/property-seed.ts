/**
 * Property tests draw the same cases each time, so that what a run finds is the doing of the change it is run on.
 * `FC_SEED=random` draws others, `FC_SEED=N` those of a number that a failure told.
 */
import fc from "fast-check";

const asked = process.env["FC_SEED"] ?? "1";
if (asked !== "random") fc.configureGlobal({ seed: Number(asked) });
