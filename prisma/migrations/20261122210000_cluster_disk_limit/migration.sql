-- AlterTable
ALTER TABLE "cluster" ADD COLUMN     "disk_limit_bytes" DOUBLE PRECISION;

-- What the program's types promise, held by the database as well: a whole number of bytes that a double keeps exactly.
ALTER TABLE "cluster" ADD CONSTRAINT "cluster_disk_limit_bytes_check" CHECK ("disk_limit_bytes" IS NULL OR ("disk_limit_bytes" > 0 AND "disk_limit_bytes" <= 9007199254740991 AND "disk_limit_bytes" = floor("disk_limit_bytes")));
