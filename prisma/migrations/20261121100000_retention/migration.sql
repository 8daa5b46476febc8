-- AlterTable
ALTER TABLE "ReleaseRun" ADD COLUMN "retentionJson" TEXT;
