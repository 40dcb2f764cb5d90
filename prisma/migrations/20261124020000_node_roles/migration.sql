-- AlterTable
ALTER TABLE "broker" ADD COLUMN     "roles" TEXT[];

-- Row-level security binds the tables' owner too: without this, for this transaction, no row would be seen.
SELECT set_config('sluice.system', 'on', true);

-- What each node was started for: a separate controller counts from 1001, and of the brokers the first three vote where a cluster began with so many, else the first alone.
UPDATE "broker" SET "roles" = ARRAY['broker'];
UPDATE "broker" SET "roles" = ARRAY['controller'] WHERE "node_id" >= 1001;
UPDATE "broker" SET "roles" = ARRAY['broker', 'controller'] FROM "cluster" c
  WHERE c."organization_id" = "broker"."organization_id" AND c."id" = "broker"."cluster_id"
    AND (c."engine_spec" ->> 'controllers')::int = 0 AND NOT coalesce((c."engine_spec" ->> 'hasOutsideMetadata')::boolean, false)
    AND ("broker"."node_id" = 1 OR ("broker"."node_id" <= 3 AND c."first_brokers" >= 3));

ALTER TABLE "broker" ALTER COLUMN "roles" SET NOT NULL;
ALTER TABLE "broker" ADD CONSTRAINT "broker_roles_check" CHECK (cardinality("roles") > 0 AND "roles" <@ ARRAY['broker', 'controller']);
