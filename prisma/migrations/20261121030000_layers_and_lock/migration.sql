-- AlterTable
ALTER TABLE "ReleaseRun" ADD COLUMN "lockJson" TEXT;

-- CreateTable
CREATE TABLE "LayerFile" (
    "blobSha" TEXT NOT NULL PRIMARY KEY,
    "text" TEXT NOT NULL,
    "readAt" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "LayerFile_readAt_idx" ON "LayerFile"("readAt");
