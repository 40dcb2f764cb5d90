/** What any program needs. The rest of this one's environment may hold the database's password, keys, or somebody's tokens. */
const NEEDED = /^(PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LC_[A-Z]+|LD_LIBRARY_PATH)$/;

/** Of this process's environment what a program that it starts may know; `more` names what that one needs besides. */
export function childEnvironment(more?: RegExp): Record<string, string> {
  const passed = Object.entries(process.env).filter(([name]) => NEEDED.test(name) || more?.test(name));
  return Object.fromEntries(passed.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
