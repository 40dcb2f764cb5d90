-- CreateIndex
CREATE INDEX "operation_finished_at_idx" ON "operation"("finished_at");

-- CreateIndex
CREATE INDEX "audit_event_at_idx" ON "audit_event"("at");
