/**
 * Prisma's configuration for PostgreSQL: `prisma generate --config prisma-postgresql.config.ts`. The models are those of
 * prisma/schema.prisma; its schema file is made anew from there each time, since a schema file has one provider.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig } from "prisma/config";

const SCHEMA = "prisma/postgresql/schema.prisma";

const models = readFileSync("prisma/schema.prisma", "utf8");
const derived = models
  .replace('provider = "sqlite"', 'provider = "postgresql"')
  .replace('"../src/store/generated"', '"../../src/store/generated-postgresql"');
writeFileSync(SCHEMA, `// Made from prisma/schema.prisma by prisma-postgresql.config.ts: change that one.\n${derived}`);

export default defineConfig({
  schema: SCHEMA,
  migrations: { path: "prisma/postgresql/migrations" },
});
