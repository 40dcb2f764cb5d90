package io.sluice.kafka;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.auth.SslEngineFactory;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's own TLS, with certificates read again when their files are other ones: the platform renews them long before they end, and Kafka itself reads them at its start only. New
 * connections get the new ones; what can't be read leaves the present ones in use. One instance for each listener and each client of a broker.
 */
public final class RenewedSslEngineFactory implements SslEngineFactory {
    private static final long LOOK_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Logger LOG = LoggerFactory.getLogger(RenewedSslEngineFactory.class);

    private Map<String, ?> configs;
    private List<Path> files;
    private String version;
    private long lookedAtNanos;
    private DefaultSslEngineFactory present;

    @Override
    public synchronized void configure(Map<String, ?> given) {
        configs = given;
        files = List.of(SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG, SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG).stream().map(given::get).filter(Objects::nonNull).map(each -> Path.of(each.toString())).toList();
        version = versionNow();
        lookedAtNanos = System.nanoTime();
        present = read();
    }

    @Override
    public SSLEngine createClientSslEngine(String peerHost, int peerPort, String endpointIdentification) {
        return current().createClientSslEngine(peerHost, peerPort, endpointIdentification);
    }

    @Override
    public SSLEngine createServerSslEngine(String peerHost, int peerPort) {
        return current().createServerSslEngine(peerHost, peerPort);
    }

    private synchronized DefaultSslEngineFactory current() {
        if (System.nanoTime() - lookedAtNanos > LOOK_EVERY_NANOS) look();
        return present;
    }

    synchronized void look() {
        lookedAtNanos = System.nanoTime();
        String seen = versionNow();
        if (seen == null || seen.equals(version)) return;
        try {
            present = read();
            version = seen;
            LOG.info("Certificates read anew from {}", files);
        } catch (KafkaException error) {
            LOG.error("Certificates in {} can't be read, those before stay in use", files, error);
        }
    }

    private DefaultSslEngineFactory read() {
        DefaultSslEngineFactory factory = new DefaultSslEngineFactory();
        factory.configure(configs);
        return factory;
    }

    /** Null: it can't be told. */
    private String versionNow() {
        StringBuilder text = new StringBuilder();
        try {
            for (Path each : files) {
                BasicFileAttributes file = Files.readAttributes(each, BasicFileAttributes.class);
                text.append(file.fileKey()).append(' ').append(file.lastModifiedTime()).append(' ').append(file.size()).append(' ');
            }
        } catch (IOException error) {
            return null;
        }
        return text.toString();
    }

    @Override
    public synchronized boolean shouldBeRebuilt(Map<String, Object> nextConfigs) {
        return present.shouldBeRebuilt(nextConfigs);
    }

    @Override
    public Set<String> reconfigurableConfigs() {
        return SslConfigs.RECONFIGURABLE_CONFIGS;
    }

    @Override
    public synchronized KeyStore keystore() {
        return present.keystore();
    }

    @Override
    public synchronized KeyStore truststore() {
        return present.truststore();
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
