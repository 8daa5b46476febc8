-- AlterTable
ALTER TABLE "Report" ADD COLUMN     "settledAt" BIGINT;
