-- AlterTable
ALTER TABLE "ReleaseRun" ADD COLUMN "configRef" TEXT;
ALTER TABLE "ReleaseRun" ADD COLUMN "basedOn" TEXT;
ALTER TABLE "ReleaseRun" ADD COLUMN "timedFrom" BIGINT;
ALTER TABLE "ReleaseRun" ADD COLUMN "group" TEXT;
ALTER TABLE "ReleaseRun" ADD COLUMN "admittedGroup" TEXT;
ALTER TABLE "ReleaseRun" ADD COLUMN "worker" TEXT;
ALTER TABLE "ReleaseRun" ADD COLUMN "leasedUntil" BIGINT;

-- Runs that were building before there were groups keep their clock.
UPDATE "ReleaseRun" SET "timedFrom" = "startedAt";

-- AlterTable
ALTER TABLE "ComponentRun" ADD COLUMN "skippedBy" TEXT;
ALTER TABLE "ComponentRun" ADD COLUMN "reusedJson" TEXT;
ALTER TABLE "ComponentRun" ADD COLUMN "forgiven" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "ComponentRun" ADD COLUMN "stoppingJson" TEXT;
UPDATE "ComponentRun" SET "skippedBy" = 'need' WHERE "conclusion" = 'skipped';

-- AlterTable
ALTER TABLE "Publication" ADD COLUMN "beforeJson" TEXT;

-- AlterTable
ALTER TABLE "Attempt" ADD COLUMN "pausedAt" BIGINT;
ALTER TABLE "Attempt" ADD COLUMN "pausedFor" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE UNIQUE INDEX "ReleaseRun_admittedGroup_key" ON "ReleaseRun"("admittedGroup");

-- CreateIndex
CREATE INDEX "ReleaseRun_group_idx" ON "ReleaseRun"("group");
