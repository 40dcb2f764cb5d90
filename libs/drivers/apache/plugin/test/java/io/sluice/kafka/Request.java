package io.sluice.kafka;

import java.net.InetAddress;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;

/** What an authorizer is told of a request. */
record Request(KafkaPrincipal principal, int requestType) implements AuthorizableRequestContext {
    @Override
    public String listenerName() {
        return "EXTERNAL";
    }

    @Override
    public SecurityProtocol securityProtocol() {
        return SecurityProtocol.SASL_SSL;
    }

    @Override
    public InetAddress clientAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public int requestVersion() {
        return 0;
    }

    @Override
    public String clientId() {
        return "";
    }

    @Override
    public int correlationId() {
        return 0;
    }
}
