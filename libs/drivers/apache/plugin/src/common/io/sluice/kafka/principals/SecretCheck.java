package io.sluice.kafka.principals;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.common.security.scram.ScramCredential;

/** Verifies secrets at a cost that doesn't tell whether the key exists. */
public final class SecretCheck {
    private static final int NOBODY_ITERATIONS = 8_192;
    private static final int NOBODY_SALT_BYTES = 24;
    /** No secret hashes to this. */
    private static final byte[] NOBODY = new byte[32];
    /** Of this process: the salt of somebody who doesn't exist is the same at each try. */
    private static final SecretKeySpec SALT_KEY = new SecretKeySpec(randomBytes(), "HmacSHA512");

    /** {@code key} null: there is none, and the answer is no. */
    public boolean isSecretOf(Key key, char[] secret) {
        byte[] digest = sha256(new String(secret).getBytes(StandardCharsets.UTF_8));
        return MessageDigest.isEqual(digest, key == null ? NOBODY : key.secretSha256()) && key != null;
    }

    public ScramCredential credentialOfNobody(String name, String mechanism) {
        byte[] material = hmac(mechanism + "\0" + name);
        byte[] keys = new byte[mechanism.endsWith("512") ? 64 : 32];
        return new ScramCredential(Arrays.copyOf(material, NOBODY_SALT_BYTES), keys, keys, NOBODY_ITERATIONS);
    }

    private static byte[] randomBytes() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    private static byte[] hmac(String text) {
        try {
            Mac mac = Mac.getInstance(SALT_KEY.getAlgorithm());
            mac.init(SALT_KEY);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }
}
