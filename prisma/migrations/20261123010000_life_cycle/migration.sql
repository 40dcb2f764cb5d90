-- AlterTable
ALTER TABLE "cluster" ADD COLUMN     "balanced_brokers" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "dynamic_configs" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "features_version" TEXT,
ADD COLUMN     "moves" JSONB;

-- What is up by now runs on the brokers that it began with, and on the features of its version.
UPDATE "cluster" SET "balanced_brokers" = "first_brokers", "features_version" = "engine_spec" ->> 'version' WHERE "provisioned_at" IS NOT NULL;

-- AlterTable
ALTER TABLE "broker" ADD COLUMN     "is_joining" BOOLEAN NOT NULL DEFAULT false;

-- A cluster of somebody else's has no brokers of ours.
ALTER TABLE "cluster" DROP CONSTRAINT "cluster_first_brokers_check";
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_first_brokers_check" CHECK ("first_brokers" >= 0);
