import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { API_ROUTES, openApiDocument } from "../../src/http/openapi/document.js";
import { EXAMPLES } from "../../src/http/openapi/examples.js";
import { answerProblems } from "./described-answers.js";

it("the OpenAPI document is one of OpenAPI 3.1, by its own schema", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate({ ...structuredClone(openApiDocument()) });
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(validator.version).toBe("3.1");
});

it("every operation has an id of its own, a summary and an example, and words for all its parameters", () => {
  const ids = API_ROUTES.map(({ operationId }) => operationId ?? "");
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => EXAMPLES[id] === undefined)).toEqual([]);
  expect(Object.keys(EXAMPLES).filter((id) => !ids.includes(id))).toEqual([]);
  const silent = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
    [item.get, item.post, item.delete].flatMap((operation) =>
      (operation?.parameters ?? []).flatMap((parameter) =>
        "name" in parameter && (parameter.description ?? "") === "" ? [`${path} ${parameter.name}`] : [],
      ),
    ),
  );
  expect(silent).toEqual([]);
});

describe("an example of the document", () => {
  const routes = new Map(API_ROUTES.map((route) => [route.operationId ?? "", route]));
  const all = Object.entries(EXAMPLES).flatMap(([id, named]) =>
    Object.entries(named).map(([name, example]) => ({ id, name, example })),
  );

  it.each(all)("$id, $name, is as the document says", ({ id, example }) => {
    const { method = "get", path = "" } = routes.get(id) ?? {};
    const { status, answer: body, type = status < 400 ? "application/json" : "application/problem+json" } = example;
    expect(answerProblems(method, path, { status, type, body })).toEqual([]);
  });
});
