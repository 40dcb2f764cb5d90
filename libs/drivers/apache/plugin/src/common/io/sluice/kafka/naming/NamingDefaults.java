package io.sluice.kafka.naming;

import java.util.List;
import java.util.Map;

/** What the platform ships ({@code libs/naming/templates.ts}): for parts that a policy doesn't describe, and for exemptions that it doesn't name. */
final class NamingDefaults {
    static final Map<String, List<String>> VALUES = Map.of("env", List.of("dev", "test", "qa", "uat", "stg", "staging", "prd", "prod", "live"));
    static final List<String> EXEMPT_PATTERNS = List.of(
        "__.*", ".+-changelog", ".+-repartition", ".+-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-[0-9]+-topic", "connect-(configs|offsets|status)");
    private static final String KEBAB = "[a-z][a-z0-9]*(-[a-z0-9]+)*";
    private static final String DOTTED = "[a-z0-9]+([.-][a-z0-9]+)*";

    private NamingDefaults() {
    }

    static String patternOf(String part, boolean isLast) {
        return part.equals("jira") ? "[a-z]+-[0-9]+" : isLast ? DOTTED : KEBAB;
    }
}
