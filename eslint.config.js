import tseslint from "typescript-eslint";

/** Folders of src/, each with those it may import from (DESIGN: imports point one way). */
const mayImport = {
  chain: [],
  coordinator: ["chain"],
  github: ["chain", "coordinator"],
  artifacts: ["chain", "coordinator"],
  store: ["chain", "coordinator"],
  queue: ["chain", "coordinator"],
  http: ["chain", "coordinator"],
  notices: ["chain", "coordinator"],
  cli: ["chain", "sandbox"],
  sandbox: [],
};

const PURE = {
  regex: "^node:(?!buffer)|^(@octokit|probot|@prisma|hono|pino)",
  message: "src/chain is pure: no I/O, no SDK.",
};

/** `up` leads from a file out of its folder of src/: `../` from src/chain/, `../../` from src/chain/config/. */
function directionRule(folder, allowed, files, up) {
  const own = [folder, ...allowed];
  const outside = {
    regex: `^${up}(?!(${own.join("|")})/)`,
    message: `src/${folder} may import only from: ${own.join(", ")}.`,
  };
  const patterns = folder === "chain" ? [outside, PURE] : [outside];
  return { files: [files], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

const importDirection = Object.entries(mayImport).flatMap(([folder, allowed]) => [
  directionRule(folder, allowed, `src/${folder}/*.{ts,tsx}`, "\\.\\./"),
  directionRule(folder, allowed, `src/${folder}/*/*.{ts,tsx}`, "\\.\\./\\.\\./"),
]);

export default tseslint.config(
  {
    ignores: [
      "dist/**",
      "dist-bench/**",
      "dist-simulation/**",
      "coverage/**",
      "src/store/generated*/**",
      "*.config.js",
      "*.config.ts",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unnecessary-condition": "error",
      "@typescript-eslint/prefer-nullish-coalescing": "error",
      "func-style": ["error", "declaration", { allowArrowFunctions: true }],
      "max-lines": ["error", { max: 320, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
    },
  },
  ...importDirection,
  {
    files: ["src/chain/**/*.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Pass the time in." },
        { object: "Math", property: "random", message: "Pass randomness in." },
      ],
      "no-restricted-globals": ["error", "process", "setTimeout", "fetch"],
    },
  },
  {
    files: ["test/**/*.{ts,tsx}", "bench/**/*.ts"],
    rules: { "max-lines": ["error", { max: 500 }], "no-console": "off" },
  },
);
