-- AlterTable
ALTER TABLE "Publication" ADD COLUMN "releaseJson" TEXT;
ALTER TABLE "ArtifactFile" ADD COLUMN "attestedBy" TEXT;
