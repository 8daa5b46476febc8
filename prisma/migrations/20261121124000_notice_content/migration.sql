-- AlterTable
ALTER TABLE "Notice" ADD COLUMN "contentJson" TEXT NOT NULL DEFAULT '{}';

-- CreateIndex
CREATE INDEX "Notice_target_sentAt_idx" ON "Notice"("target", "sentAt");
