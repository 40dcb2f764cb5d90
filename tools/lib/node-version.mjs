// No dependency and no new syntax: this runs first, on whatever Node there is.
const MINIMUM = [20, 19];

export function requireNode() {
  const parts = process.versions.node.split('.').map(Number);
  if (parts[0] > MINIMUM[0] || (parts[0] === MINIMUM[0] && parts[1] >= MINIMUM[1])) return;
  process.stderr.write('sluice: Node ' + MINIMUM.join('.') + ' or newer is needed, this is ' + process.versions.node + '\n');
  process.exit(1);
}
