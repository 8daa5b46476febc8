-- AlterTable
ALTER TABLE "ReleaseRun" ADD COLUMN     "tracedAt" BIGINT;
