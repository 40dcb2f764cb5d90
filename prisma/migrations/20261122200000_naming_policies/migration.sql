-- CreateTable
CREATE TABLE "naming_policy" (
    "organization_id" TEXT NOT NULL,
    "environment_id" TEXT NOT NULL,
    "policy" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "naming_policy_pkey" PRIMARY KEY ("organization_id","environment_id")
);

-- AddForeignKey
ALTER TABLE "naming_policy" ADD CONSTRAINT "naming_policy_organization_id_environment_id_fkey" FOREIGN KEY ("organization_id", "environment_id") REFERENCES "environment"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What the program's types promise, held by the database as well.
ALTER TABLE "naming_policy" ADD CONSTRAINT "naming_policy_mode_check" CHECK ("policy"->>'mode' IN ('off', 'warn', 'enforce'));

ALTER TABLE "naming_policy" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "naming_policy" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "naming_policy" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));
