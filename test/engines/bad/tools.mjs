// Java missing, too old or no JDK; Maven missing, slow or killed: what the platform says, and that it mends when they come back.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ENGINE, must, pathWith, processesOf, script, Skip, until } from './trial.mjs';

const MINUTE = 60_000;

const engineOf = async (trial, name = ENGINE) => (await trial.api('GET', '/sluice/v1/engines')).body.data.find((engine) => engine.name === name);

/** Before anything is installed: `scratch` is the test's own directory. */
export async function withoutJava(trial, scratch) {
  await trial.check('no Java: the platform starts, the engine is listed with its problem', async () => {
    await trial.begin({ PATH: pathWith(join(scratch, 'no-java'), ['java', 'javac']), JAVA_HOME: null, SLUICE_JAVA_HOME: null, SLUICE_KAFKA_DIR: join(scratch, 'kafka'), SLUICE_KAFKA_HOME: null, KAFKA_HOME: null });
    const { problem, is_available: isAvailable } = await engineOf(trial);
    must(!isAvailable && /Java/.test(problem) && /Install|SLUICE_JAVA_HOME/.test(problem), `problem: ${problem}`);
    return problem;
  });
  await trial.check('no Java: creating is refused, nothing is begun', async () => {
    const { status, code, detail } = await trial.ask();
    must(status === 409 && code === 'engine_unavailable' && /Java/.test(detail), `${status} ${code} ${detail}`);
    must(await trial.count() === 0, 'a cluster is there');
    return `${status} ${code}`;
  });
}

export async function withOldJava(trial, scratch) {
  const home = join(scratch, 'java-11');
  mkdirSync(join(home, 'bin'), { recursive: true });
  script(join(home, 'bin', 'java'), 'echo \'openjdk version "11.0.2" 2019-01-15\' >&2');
  await trial.check('Java 11 that says so in its release file: listed with the problem, creating refused', async () => {
    writeFileSync(join(home, 'release'), 'JAVA_VERSION="11.0.2"\n');
    await trial.restart({ SLUICE_JAVA_HOME: home });
    const { problem } = await engineOf(trial);
    must(/17/.test(problem) && /11/.test(problem), `problem: ${problem}`);
    const { status, code } = await trial.ask();
    must(status === 409 && code === 'engine_unavailable', `${status} ${code}`);
    return problem;
  });
  await trial.check('Java 11 that only tells when it is run: FAILED with the reason, deletable', async () => {
    rmSync(join(home, 'release'));
    const { status, body, code, detail } = await trial.ask();
    if (status !== 202) {
      must(code === 'engine_unavailable' && /17/.test(detail), `${status} ${code} ${detail}`);
      return detail;
    }
    const reason = await trial.failed(body);
    must(/17/.test(reason) && /11/.test(reason), reason);
    await trial.removeWhole(body);
    return reason;
  });
  await trial.check('a Java that crashes: FAILED with what it said', async () => {
    script(join(home, 'bin', 'java'), 'echo "java: error while loading shared libraries: libjli.so" >&2; exit 127');
    const { status, body, text } = await trial.ask();
    must(status === 202, text);
    const reason = await trial.failed(body);
    must(/libjli/.test(reason) && /SLUICE_JAVA_HOME/.test(reason), reason);
    await trial.removeWhole(body);
    return reason;
  });
}

/** Answers the cluster that failed for want of Maven: it is to come up once there is one. */
export async function withoutMaven(trial, scratch) {
  let failed = null;
  await trial.check('no Maven, nothing installed: FAILED with what to do', async () => {
    await trial.restart({ PATH: pathWith(join(scratch, 'no-maven'), ['mvn']), SLUICE_JAVA_HOME: null });
    failed = await trial.create();
    const reason = await trial.failed(failed);
    must(/Maven/.test(reason) && /SLUICE_KAFKA_HOME/.test(reason), reason);
    return reason;
  });
  await trial.check('Maven can\'t reach its repositories: it says so and is tried again, deletable meanwhile', async () => {
    await trial.restart({ PATH: pathWith(join(scratch, 'deaf-maven'), [], { mvn: 'echo "[ERROR] Failed to execute goal: Could not transfer artifact from/to central (https://repo.example.org/x): repo.example.org: Name or service not known"; exit 1' }) });
    const cluster = await trial.create();
    const said = await trial.said(cluster, 'cluster.create', /reach|repositor/i);
    must(!/https?:/.test(said), `it tells an address: ${said}`);
    await trial.removeWhole(cluster);
    return said;
  });
  await trial.check('an artifact that isn\'t the pinned one: FAILED, nothing installed', async () => {
    const liar = `dir=$(echo "$@" | sed 's/.*-DoutputDirectory=\\([^ ]*\\).*/\\1/'); pom=$(echo "$@" | sed 's/.*-f \\([^ ]*\\).*/\\1/')
for name in $(grep -o '<artifactId>[^<]*</artifactId><version>[^<]*' "$pom" | sed 's/<artifactId>//; s/<.artifactId><version>/-/' | tail -n +2); do echo forged > "$dir/$name.jar"; done`;
    await trial.restart({ PATH: pathWith(join(scratch, 'lying-maven'), [], { mvn: liar }) });
    const cluster = await trial.create();
    const reason = await trial.failed(cluster);
    must(/checksum|SHA-256|not (?:what|the one)/i.test(reason), reason);
    must(!installedIn(scratch).some((name) => /^\d/.test(name) && !name.includes('partial')), installedIn(scratch).join());
    await trial.removeWhole(cluster);
    return reason.slice(0, 160);
  });
  return failed;
}

const installedIn = (scratch) => (existsSync(join(scratch, 'kafka')) ? readdirSync(join(scratch, 'kafka')) : []);

/** A mvn that notes each call and waits to be let go. */
function slowMaven(scratch) {
  const real = execFileSync('sh', ['-c', 'command -v mvn']).toString().trim();
  const [calls, gate] = [join(scratch, 'mvn-calls'), join(scratch, 'mvn-go')];
  rmSync(gate, { force: true });
  writeFileSync(calls, '');
  const path = pathWith(join(scratch, 'slow-maven'), [], { mvn: `echo "$$" >> ${calls}\nwhile [ ! -e ${gate} ]; do sleep 0.05; done\nexec ${real} "$@"` });
  return { path, calls: () => readFileSync(calls, 'utf8').split('\n').filter(Boolean).map(Number), letGo: () => appendFileSync(gate, '') };
}

/** Two first clusters of a version, a deletion and a dead platform in the middle of the installation. Answers the two. */
export async function interruptedInstallation(trial, scratch, mended) {
  const maven = slowMaven(scratch);
  const clusters = [];
  await trial.check('two first clusters of a version: one installation, and both say that they wait for it', async () => {
    await trial.restart({ PATH: maven.path });
    clusters.push(await trial.create(), await trial.create());
    await until('the call of mvn', MINUTE, () => maven.calls().length > 0);
    for (const cluster of clusters) await trial.said(cluster, 'cluster.create', /artifacts|install/);
    must(maven.calls().length === 1, `${maven.calls().length} calls of mvn`);
  });
  await trial.check('deleted while its version is being installed: gone at once, and with it nothing else', async () => {
    const third = await trial.create();
    await trial.said(third, 'cluster.create', /artifacts|install/);
    const began = performance.now();
    await trial.removeWhole(third);
    must((await trial.remove(third)).status === 404, 'it can be deleted twice');
    must(maven.calls().length === 1 && processesOf('slow-maven').length > 0, 'the installation that others wait for ended with it');
    return `${Math.round(performance.now() - began)} ms`;
  });
  await trial.check('the platform stopped during the installation: it ends at once, and goes on after its start', async () => {
    const began = performance.now();
    await trial.platform.signal('SIGTERM');
    const ms = Math.round(performance.now() - began);
    must(ms < 10_000, `it took ${ms} ms`);
    await trial.begin();
    await until('another call of mvn', MINUTE, () => maven.calls().length === 2);
    return `${ms} ms`;
  });
  await trial.check('the platform killed during the installation: resumed after its restart, once', async () => {
    await trial.restart({}, 'SIGKILL');
    await until('another call of mvn', MINUTE, () => maven.calls().length === 3);
    maven.letGo();
    const retried = await trial.lifeCycle(mended, 'restart');
    must(retried.status === 202, `restart of the failed one: ${retried.status} ${retried.text}`);
    const began = performance.now();
    await until('the installation', 4 * MINUTE, async () => (await engineOf(trial)).versions.some((version) => version.is_installed), 200);
    const ms = performance.now() - began;
    must(maven.calls().length === 3, `${maven.calls().length} calls of mvn`);
    const left = installedIn(scratch).filter((name) => name.includes('partial') || name.includes('lock'));
    must(left.length === 0, `left behind: ${left.join(', ')}`);
    return `installed in ${(ms / 1000).toFixed(0)} s, ${installedIn(scratch).join(', ')}`;
  });
  await trial.check('all of them come up: those that waited, and the one that had failed, after its restart', async () => {
    for (const cluster of [...clusters, mended]) await trial.provisioned(cluster);
    const orphans = processesOf('copy-dependencies');
    must(orphans.length === 0, `orphans: ${orphans.map(({ line }) => line).join('; ')}`);
  });
  return clusters;
}

/** With clusters that run. */
export async function javaGone(trial, scratch, cluster) {
  await trial.check('Java disappears: brokers run on, one that dies stays down with the reason, and is back with Java', async () => {
    await trial.restart({ PATH: join(scratch, 'no-java') });
    const [running] = processesOf(trial.directory(cluster));
    if (!running) throw new Skip('the broker was not there');
    must((await trial.platform.report(cluster)).brokers[0].process === 'ready', 'the running broker is not taken over');
    const refused = await trial.ask();
    must(refused.status === 409 && refused.code === 'engine_unavailable', `${refused.status} ${refused.code}`);
    const restarted = await trial.lifeCycle(cluster, 'restart');
    must(restarted.status === 202, restarted.text);
    process.kill(running.pid, 'SIGKILL');
    const said = await trial.said(cluster, 'cluster.restart', /Java/);
    must(existsSync(trial.directory(cluster, 'node-1', 'data', 'meta.properties')), 'its data is gone');
    await trial.restart({ PATH: process.env.PATH });
    await trial.platform.healthy(cluster);
    return said;
  });
}
