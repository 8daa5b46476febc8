-- AlterTable
ALTER TABLE "ReleaseRun" ADD COLUMN "retentionJson" TEXT;
ALTER TABLE "ReleaseRun" ADD COLUMN "filesRemovedAt" BIGINT;
