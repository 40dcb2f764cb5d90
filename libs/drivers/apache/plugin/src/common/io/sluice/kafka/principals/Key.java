package io.sluice.kafka.principals;

import java.util.Map;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.scram.ScramCredential;

/** An active API key: whom it stands for and how it is verified. */
public record Key(String id, KafkaPrincipal principal, byte[] secretSha256, Map<String, ScramCredential> scram) {
}
