-- CreateTable
CREATE TABLE "SignIn" (
    "stateHash" TEXT NOT NULL PRIMARY KEY,
    "browserHash" TEXT NOT NULL,
    "returnTo" TEXT NOT NULL,
    "expiresAt" BIGINT NOT NULL
);

-- AlterTable
ALTER TABLE "ApiToken" ADD COLUMN "userId" BIGINT;

-- CreateIndex
CREATE INDEX "SignIn_expiresAt_idx" ON "SignIn"("expiresAt");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "AuditEntry_hub_idx" ON "AuditEntry"("hub");
