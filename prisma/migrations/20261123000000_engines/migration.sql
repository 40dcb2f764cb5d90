-- AlterTable
ALTER TABLE "cluster" ADD COLUMN     "engine" TEXT NOT NULL DEFAULT 'embedded',
ADD COLUMN     "engine_spec" JSONB NOT NULL DEFAULT '{"version": null, "brokers": 1, "controllers": 0, "heapMb": null, "configs": {}}',
ADD COLUMN     "first_brokers" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "is_paused" BOOLEAN NOT NULL DEFAULT false;

-- What there was is the one engine that there was. A new cluster says which.
ALTER TABLE "cluster" ALTER COLUMN "engine" DROP DEFAULT,
ALTER COLUMN "engine_spec" DROP DEFAULT;

-- AlterTable
ALTER TABLE "broker" ADD COLUMN     "is_replaced" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "restarted_generation" INTEGER NOT NULL DEFAULT 0;

UPDATE "broker" SET "restarted_generation" = c."restarted_generation" FROM "cluster" c WHERE c."organization_id" = "broker"."organization_id" AND c."id" = "broker"."cluster_id";

ALTER TABLE "cluster" ADD CONSTRAINT "cluster_first_brokers_check" CHECK ("first_brokers" >= 1);
