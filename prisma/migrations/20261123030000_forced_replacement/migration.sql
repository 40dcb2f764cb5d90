-- AlterTable
ALTER TABLE "broker" ADD COLUMN     "is_forced" BOOLEAN NOT NULL DEFAULT false;
