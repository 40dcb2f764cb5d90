// What the tools say. Progress goes to stdout, an error is one line on stderr.
const COLOURS = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (COLOURS ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = (text) => paint(1, text);
export const dim = (text) => paint(2, text);
export const green = (text) => paint(32, text);
export const red = (text) => paint(31, text);

export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** An error that the operator can do something about: shown as one line, without a stack. */
export class Problem extends Error {}

/** Ends the program with one line for what somebody can mend, and the whole stack for what only we can. */
export function fail(error) {
  const known = error instanceof Problem || error?.name === 'OperationalError' || error?.name === 'Failure';
  process.stderr.write(known ? `sluice: ${oneLine(error.message)}\n` : `sluice: ${error?.stack ?? String(error)}\n`);
  process.exit(1);
}

const oneLine = (text) => text.trim().split(/\s*\n\s*/).join(' ');

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Runs a step and prints a line about it: what the step answers (default `done`), and how long it took. */
export async function step(name, work) {
  const began = performance.now();
  if (process.stdout.isTTY) process.stdout.write(`  ${name.padEnd(10)} ${dim('…')}`);
  try {
    const result = await work();
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
    say(`  ${name.padEnd(10)} ${String(result ?? 'done').padEnd(34)} ${dim(seconds(performance.now() - began))}`);
  } catch (error) {
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
    say(`  ${name.padEnd(10)} ${red('failed')}`);
    throw error;
  }
}
