package io.sluice.kafka;

import io.sluice.kafka.principals.Key;
import io.sluice.kafka.principals.PrincipalStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.KafkaPrincipalBuilder;
import org.apache.kafka.common.security.auth.KafkaPrincipalSerde;
import org.apache.kafka.common.security.auth.SaslAuthenticationContext;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.apache.kafka.common.security.ssl.SslPrincipalMapper;

/**
 * Who logged in by a key is the key's principal; everybody else (TLS certificates) is whom Kafka takes them for. Kafka asks for every request of a connection, so a
 * connection whose key is gone ends with its next request. The serialized form, which brokers send to the controller with what they forward: a marker, the key's id ("" for none),
 * Kafka's own form.
 */
public final class KeyPrincipalBuilder implements KafkaPrincipalBuilder, KafkaPrincipalSerde, Configurable {
    private static final int FORMAT = 1;

    private PrincipalStore principals;
    private DefaultKafkaPrincipalBuilder standard;

    @Override
    public void configure(Map<String, ?> configs) {
        Object rules = configs.get(BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_CONFIG);
        standard = new DefaultKafkaPrincipalBuilder(null, SslPrincipalMapper.fromRules(rules instanceof List<?> list ? String.join(",", list.stream().map(Object::toString).toList())
            : rules == null ? BrokerSecurityConfigs.DEFAULT_SSL_PRINCIPAL_MAPPING_RULES : rules.toString()));
        principals = PrincipalStore.of(null, configs);
    }

    @Override
    public KafkaPrincipal build(AuthenticationContext context) {
        if (!(context instanceof SaslAuthenticationContext sasl)) return standard.build(context);
        Key key = principals.recentKey(sasl.server().getAuthorizationID());
        if (key == null) throw new SaslAuthenticationException("The key of this connection is no longer active");
        return new KeyPrincipal(key.principal().getPrincipalType(), key.principal().getName(), key.id());
    }

    @Override
    public byte[] serialize(KafkaPrincipal principal) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            out.writeUTF(principal instanceof KeyPrincipal key ? key.keyId() : "");
            out.write(standard.serialize(principal));
        } catch (IOException error) {
            throw new SerializationException("The principal can't be serialized", error);
        }
        return bytes.toByteArray();
    }

    @Override
    public KafkaPrincipal deserialize(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readByte() != FORMAT) throw new SerializationException("The principal has an unknown form");
            String keyId = in.readUTF();
            KafkaPrincipal principal = standard.deserialize(in.readAllBytes());
            return keyId.isEmpty() ? principal : new KeyPrincipal(principal.getPrincipalType(), principal.getName(), keyId);
        } catch (IOException error) {
            throw new SerializationException("The principal can't be read", error);
        }
    }
}
