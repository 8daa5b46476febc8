/** How much work reading one layer has cost, and where it has to end: a file of a stranger must not hold up the server. */

/** Steps that any file may cost, however small; and what each of its characters adds. */
const FREE_STEPS = 1_000_000;
const STEPS_PER_CHARACTER = 32;

/** Why a value cannot be had. */
export class CannotExpand extends Error {
  /** `bitbake`: BitBake fails as well; `here`: BitBake may know, this evaluator does not; `work`: it would cost too much. */
  constructor(
    readonly kind: "bitbake" | "here" | "work",
    message: string,
  ) {
    super(message);
    this.name = "CannotExpand";
  }
}

export class Meter {
  steps = 0;
  private limit: number;

  constructor(characters: number) {
    this.limit = FREE_STEPS + STEPS_PER_CHARACTER * characters;
  }

  /** More text came in, which may be worked on as well. */
  allow(characters: number): void {
    this.limit += STEPS_PER_CHARACTER * characters;
  }

  /** Work that is linear in the text by the way it is done. */
  count(steps: number): void {
    this.steps += steps;
  }

  /**
   * Work that the text makes: expansion, inline Python.
   * @throws {CannotExpand} once all that the text may cost is spent
   */
  spend(steps: number): void {
    if (this.steps + steps > this.limit)
      throw new CannotExpand("work", "expanding it takes more work than a layer.conf is worth");
    this.steps += steps;
  }
}
