/** Java older than this runs no version of the catalogue. */
export const JAVA_VERSION_MIN = 17;
/** `java -version` answers in a tenth of a second; a machine out of breath gets this long. */
export const JAVA_PROBE_TIMEOUT_MS = 20_000;
/** Fifty files of a megabyte over a poor line. */
export const FETCH_TIMEOUT_MS = 15 * 60_000;
/** Compiling the plugin, asking for definitions, formatting: each a few seconds of a JVM. */
export const JVM_STEP_TIMEOUT_MS = 3 * 60_000;
/** A plugin of another build may wait so long for its first node. */
export const PLUGIN_UNUSED_MS = 60 * 60_000;
/** Another process may be installing the same version: as long as that may take. */
export const INSTALL_WAIT_MAX_MS = 20 * 60_000;
export const INSTALL_WAIT_POLL_MS = 200;
/** Of what a program said before it failed. */
export const OUTPUT_TAIL_LENGTH_MAX = 2_000;
export const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** Room for the jars twice (as fetched and in place) with something to spare. */
export const INSTALL_FREE_BYTES_MIN = 200 * 1024 * 1024;
