-- AlterTable
ALTER TABLE "cluster" ADD COLUMN     "bootstrap" TEXT;

-- CreateTable
CREATE TABLE "remote_cluster" (
    "organization_id" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "connection" JSONB NOT NULL,
    "sealed" TEXT NOT NULL,
    "findings" JSONB NOT NULL,
    "users" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "tested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "remote_cluster_pkey" PRIMARY KEY ("organization_id","cluster_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "remote_cluster_cluster_id_key" ON "remote_cluster"("cluster_id");

-- AddForeignKey
ALTER TABLE "remote_cluster" ADD CONSTRAINT "remote_cluster_organization_id_cluster_id_fkey" FOREIGN KEY ("organization_id", "cluster_id") REFERENCES "cluster"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A cluster of somebody else's has no nodes here.
ALTER TABLE "cluster" DROP CONSTRAINT "cluster_first_brokers_check";
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_first_brokers_check" CHECK ("first_brokers" >= 0);

-- What can be read again never stands there readable.
ALTER TABLE "remote_cluster" ADD CONSTRAINT "remote_cluster_sealed_check" CHECK ("sealed" LIKE 'v1.%');

ALTER TABLE "remote_cluster" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "remote_cluster" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "remote_cluster" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));
