/**
 * What a JVM of ours logs, and where: `server.log` of a bounded size; `requests.log`, what Kafka says of single requests, so that a client that is refused again and again pushes
 * nothing else out; and `run/started.log` with the few lines of Kafka's own server class, begun anew at each start, by which it is seen when a node has come up. Kafka 4 brings
 * log4j 2, Kafka 3.9 reload4j.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REQUESTS_LOG_FILES_MAX, SERVER_LOG_BYTES_MAX, SERVER_LOG_FILES_MAX } from './apache.limits.js';

export const STARTED_LOG = 'started.log';
const QUIET = ['org.apache.kafka.clients.NetworkClient', 'kafka.request.logger', 'kafka.network.RequestChannel$', 'org.apache.zookeeper.ClientCnxn', 'org.apache.zookeeper.server.NIOServerCnxn'];
const REQUESTS = 'kafka.server.KafkaApis';
const SERVERS = ['kafka.server.KafkaRaftServer', 'kafka.server.KafkaServer'];
/** In UTC: the platform reads it. */
const PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %p %m (%c)%n";

export interface LoggingFile { name: string; option: string; content: string }

/** By what is among the version's jars. */
export function loggingOf(libsDirectory: string): LoggingFile {
  return readdirSync(libsDirectory).some((name) => name.startsWith('log4j-core-')) ? log4j2() : reload4j();
}

function log4j2(): LoggingFile {
  const rolling = (name: string, files: number): string[] => [
    `appender.${name}.type=RollingFile`, `appender.${name}.name=${name}`, `appender.${name}.fileName=\${sys:sluice.logs}/${name}.log`, `appender.${name}.filePattern=\${sys:sluice.logs}/${name}.log.%i`,
    `appender.${name}.layout.type=PatternLayout`, `appender.${name}.layout.pattern=${PATTERN}`,
    `appender.${name}.policies.type=Policies`, `appender.${name}.policies.size.type=SizeBasedTriggeringPolicy`, `appender.${name}.policies.size.size=${SERVER_LOG_BYTES_MAX}`,
    `appender.${name}.strategy.type=DefaultRolloverStrategy`, `appender.${name}.strategy.fileIndex=min`, `appender.${name}.strategy.max=${files - 1}`,
  ];
  const lines = [
    'status=error', 'shutdownHook=disable',
    ...rolling('server', SERVER_LOG_FILES_MAX), ...rolling('requests', REQUESTS_LOG_FILES_MAX),
    'appender.started.type=File', 'appender.started.name=started', `appender.started.fileName=\${sys:sluice.run}/${STARTED_LOG}`, 'appender.started.append=false',
    'appender.started.layout.type=PatternLayout', `appender.started.layout.pattern=${PATTERN}`,
    'rootLogger.level=INFO', 'rootLogger.appenderRef.server.ref=server',
    `logger.requests.name=${REQUESTS}`, 'logger.requests.level=INFO', 'logger.requests.additivity=false', 'logger.requests.appenderRef.requests.ref=requests',
    ...SERVERS.flatMap((name, index) => [`logger.server${index}.name=${name}`, `logger.server${index}.level=INFO`, `logger.server${index}.appenderRef.started.ref=started`]),
    ...QUIET.flatMap((name, index) => [`logger.quiet${index}.name=${name}`, `logger.quiet${index}.level=WARN`]),
  ];
  return { name: 'log4j2.properties', option: '-Dlog4j2.configurationFile=', content: `${lines.join('\n')}\n` };
}

function reload4j(): LoggingFile {
  const layout = (appender: string): string[] => [`log4j.appender.${appender}.layout=org.apache.log4j.EnhancedPatternLayout`, `log4j.appender.${appender}.layout.ConversionPattern=${PATTERN}`];
  const rolling = (name: string, files: number): string[] => [
    `log4j.appender.${name}=org.apache.log4j.RollingFileAppender`, `log4j.appender.${name}.File=\${sluice.logs}/${name}.log`,
    `log4j.appender.${name}.MaxFileSize=${SERVER_LOG_BYTES_MAX}`, `log4j.appender.${name}.MaxBackupIndex=${files - 1}`, ...layout(name),
  ];
  const lines = [
    'log4j.rootLogger=INFO, server',
    ...rolling('server', SERVER_LOG_FILES_MAX), ...rolling('requests', REQUESTS_LOG_FILES_MAX),
    'log4j.appender.started=org.apache.log4j.FileAppender', `log4j.appender.started.File=\${sluice.run}/${STARTED_LOG}`, 'log4j.appender.started.Append=false', ...layout('started'),
    `log4j.logger.${REQUESTS}=INFO, requests`, `log4j.additivity.${REQUESTS}=false`,
    ...SERVERS.map((name) => `log4j.logger.${name}=INFO, started`),
    ...QUIET.map((name) => `log4j.logger.${name}=WARN`),
  ];
  return { name: 'log4j.properties', option: '-Dlog4j.configuration=file:', content: `${lines.join('\n')}\n` };
}

export const loggingOptions = (logging: LoggingFile, { directory, logs, run }: { directory: string; logs: string; run: string }): string[] =>
  [`${logging.option}${join(directory, logging.name)}`, `-Dsluice.logs=${logs}`, `-Dsluice.run=${run}`];
