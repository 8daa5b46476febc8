-- CreateTable
CREATE TABLE "ReleaseRun" (
    "id" TEXT NOT NULL,
    "rowVersion" INTEGER NOT NULL,
    "hub" TEXT NOT NULL,
    "tag" TEXT NOT NULL,
    "releaseId" BIGINT,
    "author" TEXT,
    "trigger" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "conclusion" TEXT,
    "reason" TEXT,
    "createdAt" BIGINT NOT NULL,
    "startedAt" BIGINT,
    "completedAt" BIGINT,
    "endingJson" TEXT,
    "lockJson" TEXT,
    "configRef" TEXT,
    "basedOn" TEXT,
    "timedFrom" BIGINT,
    "group" TEXT,
    "admittedGroup" TEXT,
    "worker" TEXT,
    "leasedUntil" BIGINT,
    "liveKey" TEXT,
    "webhookKey" TEXT,

    CONSTRAINT "ReleaseRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Plan" (
    "runId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "planJson" TEXT NOT NULL,

    CONSTRAINT "Plan_pkey" PRIMARY KEY ("runId")
);

-- CreateTable
CREATE TABLE "Publication" (
    "runId" TEXT NOT NULL,
    "url" TEXT,
    "failures" INTEGER NOT NULL,
    "retryAt" BIGINT,
    "assetsJson" TEXT NOT NULL,
    "foreignJson" TEXT NOT NULL,
    "beforeJson" TEXT,
    "publishedJson" TEXT NOT NULL,

    CONSTRAINT "Publication_pkey" PRIMARY KEY ("runId")
);

-- CreateTable
CREATE TABLE "ComponentRun" (
    "runId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "repo" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "conclusion" TEXT,
    "skippedBy" TEXT,
    "reusedJson" TEXT,
    "reason" TEXT,
    "sha" TEXT NOT NULL,
    "retryCount" INTEGER NOT NULL,
    "retryAt" BIGINT,
    "forgiven" INTEGER NOT NULL DEFAULT 0,
    "stoppingJson" TEXT,
    "completedAt" BIGINT,

    CONSTRAINT "ComponentRun_pkey" PRIMARY KEY ("runId","id")
);

-- CreateTable
CREATE TABLE "Attempt" (
    "runId" TEXT NOT NULL,
    "componentId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "repo" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "dispatchId" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "conclusion" TEXT,
    "send" TEXT NOT NULL,
    "interrupted" BOOLEAN NOT NULL,
    "intendedAt" BIGINT NOT NULL,
    "sentAt" BIGINT,
    "sentClock" TEXT NOT NULL,
    "workflowRunId" BIGINT,
    "runAttempt" INTEGER NOT NULL,
    "url" TEXT,
    "matchedBy" TEXT,
    "headSha" TEXT,
    "foundAt" BIGINT,
    "startedAt" BIGINT,
    "pausedAt" BIGINT,
    "pausedFor" BIGINT NOT NULL DEFAULT 0,
    "runStartedAt" BIGINT,
    "succeededAt" BIGINT,
    "completedAt" BIGINT,
    "failureClass" TEXT,
    "detail" TEXT,
    "candidatesJson" TEXT NOT NULL,
    "cancelJson" TEXT,
    "unidentifiedRepo" TEXT,

    CONSTRAINT "Attempt_pkey" PRIMARY KEY ("runId","componentId","position")
);

-- CreateTable
CREATE TABLE "Artifact" (
    "runId" TEXT NOT NULL,
    "componentId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "artifactId" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "digestVerified" BOOLEAN NOT NULL,
    "createdAt" BIGINT NOT NULL,

    CONSTRAINT "Artifact_pkey" PRIMARY KEY ("runId","componentId","position")
);

-- CreateTable
CREATE TABLE "ArtifactFile" (
    "runId" TEXT NOT NULL,
    "componentId" TEXT NOT NULL,
    "artifactPosition" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "checkedByJson" TEXT NOT NULL,

    CONSTRAINT "ArtifactFile_pkey" PRIMARY KEY ("runId","componentId","artifactPosition","position")
);

-- CreateTable
CREATE TABLE "Delivery" (
    "id" SERIAL NOT NULL,
    "guid" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "action" TEXT,
    "receivedAt" BIGINT NOT NULL,
    "factsJson" TEXT NOT NULL,
    "processedAt" BIGINT,
    "outcome" TEXT,

    CONSTRAINT "Delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LayerFile" (
    "blobSha" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "readAt" BIGINT NOT NULL,

    CONSTRAINT "LayerFile_pkey" PRIMARY KEY ("blobSha")
);

-- CreateIndex
CREATE UNIQUE INDEX "ReleaseRun_admittedGroup_key" ON "ReleaseRun"("admittedGroup");

-- CreateIndex
CREATE UNIQUE INDEX "ReleaseRun_liveKey_key" ON "ReleaseRun"("liveKey");

-- CreateIndex
CREATE UNIQUE INDEX "ReleaseRun_webhookKey_key" ON "ReleaseRun"("webhookKey");

-- CreateIndex
CREATE INDEX "ReleaseRun_createdAt_id_idx" ON "ReleaseRun"("createdAt", "id");

-- CreateIndex
CREATE INDEX "ReleaseRun_hub_tag_createdAt_idx" ON "ReleaseRun"("hub", "tag", "createdAt");

-- CreateIndex
CREATE INDEX "ReleaseRun_status_createdAt_idx" ON "ReleaseRun"("status", "createdAt");

-- CreateIndex
CREATE INDEX "ReleaseRun_group_idx" ON "ReleaseRun"("group");

-- CreateIndex
CREATE INDEX "ComponentRun_repo_idx" ON "ComponentRun"("repo");

-- CreateIndex
CREATE UNIQUE INDEX "Attempt_unidentifiedRepo_key" ON "Attempt"("unidentifiedRepo");

-- CreateIndex
CREATE INDEX "Attempt_repo_workflowRunId_idx" ON "Attempt"("repo", "workflowRunId");

-- CreateIndex
CREATE INDEX "Attempt_dispatchId_idx" ON "Attempt"("dispatchId");

-- CreateIndex
CREATE INDEX "ArtifactFile_sha256_idx" ON "ArtifactFile"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "Delivery_guid_key" ON "Delivery"("guid");

-- CreateIndex
CREATE INDEX "Delivery_processedAt_receivedAt_idx" ON "Delivery"("processedAt", "receivedAt");

-- CreateIndex
CREATE INDEX "Delivery_receivedAt_idx" ON "Delivery"("receivedAt");

-- CreateIndex
CREATE INDEX "LayerFile_readAt_idx" ON "LayerFile"("readAt");

-- AddForeignKey
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_runId_fkey" FOREIGN KEY ("runId") REFERENCES "ReleaseRun"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Publication" ADD CONSTRAINT "Publication_runId_fkey" FOREIGN KEY ("runId") REFERENCES "ReleaseRun"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ComponentRun" ADD CONSTRAINT "ComponentRun_runId_fkey" FOREIGN KEY ("runId") REFERENCES "ReleaseRun"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Attempt" ADD CONSTRAINT "Attempt_runId_componentId_fkey" FOREIGN KEY ("runId", "componentId") REFERENCES "ComponentRun"("runId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Artifact" ADD CONSTRAINT "Artifact_runId_componentId_fkey" FOREIGN KEY ("runId", "componentId") REFERENCES "ComponentRun"("runId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ArtifactFile" ADD CONSTRAINT "ArtifactFile_runId_componentId_artifactPosition_fkey" FOREIGN KEY ("runId", "componentId", "artifactPosition") REFERENCES "Artifact"("runId", "componentId", "position") ON DELETE CASCADE ON UPDATE CASCADE;
