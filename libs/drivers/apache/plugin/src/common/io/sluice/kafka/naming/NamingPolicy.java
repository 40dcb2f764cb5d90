package io.sluice.kafka.naming;

import java.util.List;
import java.util.Set;

/** A compiled policy of an environment. Made by {@link NamingPolicyReader}. */
public record NamingPolicy(Mode mode, String template, List<NamingPart> parts, Exemptions exemptions) {
    /** What happens to names that don't fit. */
    public enum Mode { OFF, WARN, ENFORCE }

    record Exemptions(Set<String> names, List<String> prefixes, List<Automaton> patterns) {
        boolean holdFor(String topicName) {
            return names.contains(topicName) || prefixes.stream().anyMatch(topicName::startsWith) || patterns.stream().anyMatch(each -> each.matches(topicName));
        }
    }

    /** Null: the name fits, or the policy is off. Otherwise what is wrong with it, and (if asked for: it costs most) a name that would be right. */
    public String objectionTo(String topicName, boolean withProposal) {
        if (mode == Mode.OFF) return null;
        NameVerdict verdict = NameVerdict.of(this, topicName);
        if (verdict.fits()) return null;
        return verdict.explain(template, withProposal ? NameProposal.of(this, topicName) : null);
    }
}
