/**
 * What a JVM of ours logs, and where: `server.log` of a bounded size, and `run/started.log` with the few lines of Kafka's own server class,
 * begun anew at each start, by which it is seen when a node has come up. Kafka 4 brings log4j 2, Kafka 3.9 reload4j.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_LOG_BYTES_MAX, SERVER_LOG_FILES_MAX } from './apache.limits.js';

export const STARTED_LOG = 'started.log';
const QUIET = ['org.apache.kafka.clients.NetworkClient', 'kafka.request.logger', 'kafka.network.RequestChannel$', 'org.apache.zookeeper.ClientCnxn', 'org.apache.zookeeper.server.NIOServerCnxn'];
const SERVERS = ['kafka.server.KafkaRaftServer', 'kafka.server.KafkaServer'];
/** In UTC: the platform reads it. */
const PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %p %m (%c)%n";

export interface LoggingFile { name: string; option: string; content: string }

/** By what is among the version's jars. */
export function loggingOf(libsDirectory: string): LoggingFile {
  return readdirSync(libsDirectory).some((name) => name.startsWith('log4j-core-')) ? log4j2() : reload4j();
}

function log4j2(): LoggingFile {
  const lines = [
    'status=error', 'shutdownHook=disable',
    'appender.server.type=RollingFile', 'appender.server.name=server', 'appender.server.fileName=${sys:sluice.logs}/server.log', 'appender.server.filePattern=${sys:sluice.logs}/server.log.%i',
    'appender.server.layout.type=PatternLayout', `appender.server.layout.pattern=${PATTERN}`,
    'appender.server.policies.type=Policies', 'appender.server.policies.size.type=SizeBasedTriggeringPolicy', `appender.server.policies.size.size=${SERVER_LOG_BYTES_MAX}`,
    'appender.server.strategy.type=DefaultRolloverStrategy', 'appender.server.strategy.fileIndex=min', `appender.server.strategy.max=${SERVER_LOG_FILES_MAX - 1}`,
    'appender.started.type=File', 'appender.started.name=started', `appender.started.fileName=\${sys:sluice.run}/${STARTED_LOG}`, 'appender.started.append=false',
    'appender.started.layout.type=PatternLayout', `appender.started.layout.pattern=${PATTERN}`,
    'rootLogger.level=INFO', 'rootLogger.appenderRef.server.ref=server',
    ...SERVERS.flatMap((name, index) => [`logger.server${index}.name=${name}`, `logger.server${index}.level=INFO`, `logger.server${index}.appenderRef.started.ref=started`]),
    ...QUIET.flatMap((name, index) => [`logger.quiet${index}.name=${name}`, `logger.quiet${index}.level=WARN`]),
  ];
  return { name: 'log4j2.properties', option: '-Dlog4j2.configurationFile=', content: `${lines.join('\n')}\n` };
}

function reload4j(): LoggingFile {
  const layout = (appender: string): string[] => [`log4j.appender.${appender}.layout=org.apache.log4j.EnhancedPatternLayout`, `log4j.appender.${appender}.layout.ConversionPattern=${PATTERN}`];
  const lines = [
    'log4j.rootLogger=INFO, server',
    'log4j.appender.server=org.apache.log4j.RollingFileAppender', 'log4j.appender.server.File=${sluice.logs}/server.log',
    `log4j.appender.server.MaxFileSize=${SERVER_LOG_BYTES_MAX}`, `log4j.appender.server.MaxBackupIndex=${SERVER_LOG_FILES_MAX - 1}`, ...layout('server'),
    'log4j.appender.started=org.apache.log4j.FileAppender', `log4j.appender.started.File=\${sluice.run}/${STARTED_LOG}`, 'log4j.appender.started.Append=false', ...layout('started'),
    ...SERVERS.map((name) => `log4j.logger.${name}=INFO, started`),
    ...QUIET.map((name) => `log4j.logger.${name}=WARN`),
  ];
  return { name: 'log4j.properties', option: '-Dlog4j.configuration=file:', content: `${lines.join('\n')}\n` };
}

export const loggingOptions = (logging: LoggingFile, { directory, logs, run }: { directory: string; logs: string; run: string }): string[] =>
  [`${logging.option}${join(directory, logging.name)}`, `-Dsluice.logs=${logs}`, `-Dsluice.run=${run}`];
