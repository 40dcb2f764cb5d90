/** The simulation's disk. It lives beside the ports so that the kernel's own test env can use it without an arrow upwards. */
export { createMemoryDisk, diskError, PAGE_BYTES, type DiskOperation, type MemoryDisk, type MemoryDiskOptions } from '#libs/kernel/testing';
