-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "organization" (
    "id" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "jit_enabled" BOOLEAN NOT NULL DEFAULT false,
    "is_operator" BOOLEAN,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment" (
    "organization_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "unique_name" TEXT,
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "user_account" (
    "organization_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "full_name" TEXT NOT NULL,
    "auth_type" TEXT NOT NULL,
    "is_first" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "service_account" (
    "organization_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "service_account_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "organization_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "display_name" TEXT NOT NULL DEFAULT '',
    "description" TEXT NOT NULL DEFAULT '',
    "cluster_id" TEXT,
    "is_bootstrap" BOOLEAN NOT NULL DEFAULT false,
    "secret_sha256" TEXT NOT NULL,
    "scram" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "role_binding" (
    "organization_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "principal_id" TEXT NOT NULL,
    "role_name" TEXT NOT NULL,
    "environment_id" TEXT,
    "cluster_id" TEXT,
    "identity" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "role_binding_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "cluster" (
    "organization_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "environment_id" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "availability" TEXT NOT NULL,
    "cloud" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "flush_mode" TEXT NOT NULL,
    "kafka_cluster_id" TEXT NOT NULL,
    "deletion_protection" BOOLEAN NOT NULL DEFAULT false,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "restart_generation" INTEGER NOT NULL DEFAULT 0,
    "principals_sequence" BIGINT NOT NULL DEFAULT 1,
    "deleted_at" TIMESTAMPTZ(3),
    "phase" TEXT NOT NULL,
    "failure_reason" TEXT,
    "phase_deadline_at" TIMESTAMPTZ(3),
    "provisioned_at" TIMESTAMPTZ(3),
    "observed_generation" INTEGER NOT NULL DEFAULT 0,
    "prepared_generation" INTEGER NOT NULL DEFAULT 0,
    "restarted_generation" INTEGER NOT NULL DEFAULT 0,
    "principals_applied" BIGINT NOT NULL DEFAULT 0,
    "lease_owner" TEXT,
    "lease_token" BIGINT NOT NULL DEFAULT 0,
    "lease_expires_at" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cluster_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "broker" (
    "organization_id" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "node_id" INTEGER NOT NULL,
    "process" TEXT NOT NULL DEFAULT 'absent',
    "pid" INTEGER,
    "bundle" TEXT,
    "ever_ready" BOOLEAN NOT NULL DEFAULT false,
    "restart_needed" BOOLEAN NOT NULL DEFAULT false,
    "exit_reason" TEXT,
    "start_attempts" INTEGER NOT NULL DEFAULT 0,
    "next_start_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "broker_pkey" PRIMARY KEY ("organization_id","cluster_id","node_id")
);

-- CreateTable
CREATE TABLE "port_allocation" (
    "port" INTEGER NOT NULL,
    "organization_id" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "node_id" INTEGER NOT NULL,
    "listener" TEXT NOT NULL,

    CONSTRAINT "port_allocation_pkey" PRIMARY KEY ("organization_id","port")
);

-- CreateTable
CREATE TABLE "operation" (
    "organization_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "steps" JSONB NOT NULL DEFAULT '[]',
    "reason" TEXT,
    "requested_by" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "operation_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "organization_id" TEXT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "principal_id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "organization_is_operator_key" ON "organization"("is_operator");

-- CreateIndex
CREATE UNIQUE INDEX "environment_id_key" ON "environment"("id");

-- CreateIndex
CREATE INDEX "environment_organization_id_created_at_id_idx" ON "environment"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "environment_organization_id_unique_name_key" ON "environment"("organization_id", "unique_name");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_id_key" ON "user_account"("id");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_organization_id_email_key" ON "user_account"("organization_id", "email");

-- CreateIndex
CREATE UNIQUE INDEX "service_account_id_key" ON "service_account"("id");

-- CreateIndex
CREATE INDEX "service_account_organization_id_created_at_id_idx" ON "service_account"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "service_account_organization_id_display_name_key" ON "service_account"("organization_id", "display_name");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_id_key" ON "api_key"("id");

-- CreateIndex
CREATE INDEX "api_key_organization_id_owner_id_idx" ON "api_key"("organization_id", "owner_id");

-- CreateIndex
CREATE INDEX "api_key_organization_id_cluster_id_idx" ON "api_key"("organization_id", "cluster_id");

-- CreateIndex
CREATE INDEX "api_key_organization_id_created_at_id_idx" ON "api_key"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "role_binding_id_key" ON "role_binding"("id");

-- CreateIndex
CREATE INDEX "role_binding_organization_id_principal_id_idx" ON "role_binding"("organization_id", "principal_id");

-- CreateIndex
CREATE INDEX "role_binding_organization_id_created_at_id_idx" ON "role_binding"("organization_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "role_binding_organization_id_identity_key" ON "role_binding"("organization_id", "identity");

-- CreateIndex
CREATE UNIQUE INDEX "cluster_id_key" ON "cluster"("id");

-- CreateIndex
CREATE UNIQUE INDEX "cluster_kafka_cluster_id_key" ON "cluster"("kafka_cluster_id");

-- CreateIndex
CREATE INDEX "cluster_organization_id_environment_id_created_at_id_idx" ON "cluster"("organization_id", "environment_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "cluster_due_at_idx" ON "cluster"("due_at");

-- CreateIndex
CREATE UNIQUE INDEX "port_allocation_port_key" ON "port_allocation"("port");

-- CreateIndex
CREATE UNIQUE INDEX "port_allocation_organization_id_cluster_id_node_id_listener_key" ON "port_allocation"("organization_id", "cluster_id", "node_id", "listener");

-- CreateIndex
CREATE UNIQUE INDEX "operation_id_key" ON "operation"("id");

-- CreateIndex
CREATE INDEX "operation_organization_id_resource_id_idx" ON "operation"("organization_id", "resource_id");

-- CreateIndex
CREATE INDEX "operation_organization_id_created_at_id_idx" ON "operation"("organization_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_event_organization_id_at_idx" ON "audit_event"("organization_id", "at");

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service_account" ADD CONSTRAINT "service_account_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_organization_id_cluster_id_fkey" FOREIGN KEY ("organization_id", "cluster_id") REFERENCES "cluster"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_binding" ADD CONSTRAINT "role_binding_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_binding" ADD CONSTRAINT "role_binding_organization_id_environment_id_fkey" FOREIGN KEY ("organization_id", "environment_id") REFERENCES "environment"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_binding" ADD CONSTRAINT "role_binding_organization_id_cluster_id_fkey" FOREIGN KEY ("organization_id", "cluster_id") REFERENCES "cluster"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_organization_id_environment_id_fkey" FOREIGN KEY ("organization_id", "environment_id") REFERENCES "environment"("organization_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "broker" ADD CONSTRAINT "broker_organization_id_cluster_id_fkey" FOREIGN KEY ("organization_id", "cluster_id") REFERENCES "cluster"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "port_allocation" ADD CONSTRAINT "port_allocation_organization_id_cluster_id_fkey" FOREIGN KEY ("organization_id", "cluster_id") REFERENCES "cluster"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "operation" ADD CONSTRAINT "operation_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What the program's types promise, held by the database as well.
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_phase_check" CHECK ("phase" IN ('PROVISIONING', 'PROVISIONED', 'FAILED', 'DELETING'));
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_flush_mode_check" CHECK ("flush_mode" IN ('ack', 'os'));
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_deleting_check" CHECK (("deleted_at" IS NOT NULL) = ("phase" = 'DELETING'));
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_principals_check" CHECK ("principals_applied" <= "principals_sequence");
ALTER TABLE "operation" ADD CONSTRAINT "operation_phase_check" CHECK ("phase" IN ('RUNNING', 'SUCCEEDED', 'FAILED'));
ALTER TABLE "port_allocation" ADD CONSTRAINT "port_allocation_port_check" CHECK ("port" BETWEEN 1 AND 65535);
ALTER TABLE "port_allocation" ADD CONSTRAINT "port_allocation_listener_check" CHECK ("listener" IN ('external', 'internal', 'controller'));
ALTER TABLE "organization" ADD CONSTRAINT "organization_operator_check" CHECK ("is_operator");

-- Row-level security, forced: it binds the tables' owner too. A transaction sees one tenant's rows, or, with sluice.system on, all of them
-- (the reconciler and the look-up of a key by its id). With neither setting it sees nothing and can write nothing.
CREATE FUNCTION "sluice_sees"("row_organization_id" TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE PARALLEL SAFE
    RETURN "row_organization_id" = current_setting('sluice.organization_id', true) OR current_setting('sluice.system', true) = 'on';

ALTER TABLE "organization" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "organization" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "organization" USING ("sluice_sees"("id")) WITH CHECK ("sluice_sees"("id"));

ALTER TABLE "environment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "environment" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "environment" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "user_account" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "user_account" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "user_account" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "service_account" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "service_account" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "service_account" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "api_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "api_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "api_key" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "role_binding" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "role_binding" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "role_binding" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "cluster" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "cluster" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "cluster" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "broker" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "broker" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "broker" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "port_allocation" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "port_allocation" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "port_allocation" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "operation" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "operation" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "operation" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));

ALTER TABLE "audit_event" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "audit_event" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant" ON "audit_event" USING ("sluice_sees"("organization_id")) WITH CHECK ("sluice_sees"("organization_id"));
