package io.sluice.kafka.naming;

import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** A part of a template and what it may be: one of the values, or what the pattern matches. The other of the two is null. */
record NamingPart(String name, boolean isLast, List<String> values, Set<String> known, Automaton pattern, String shortest, String expected) {
    static NamingPart ofValues(String name, boolean isLast, List<String> values) {
        int shown = Math.min(values.size(), NamingLimits.SHOWN_VALUES);
        String more = values.size() > shown ? " and " + (values.size() - shown) + " more" : "";
        String expected = values.size() == 1 ? "\"" + values.get(0) + "\"" : "one of " + String.join(", ", values.subList(0, shown)) + more;
        String shortest = values.stream().min(Comparator.comparingInt(String::length)).orElseThrow();
        return new NamingPart(name, isLast, values, Set.copyOf(values), null, shortest, expected);
    }

    static NamingPart ofPattern(String name, boolean isLast, String source, Automaton pattern, String shortest) {
        return new NamingPart(name, isLast, null, null, pattern, shortest, "the pattern " + source);
    }

    boolean fits(String text) {
        return values != null ? known.contains(text) : pattern.matches(text);
    }

    NearestText nearest(String text, NearestText.Budget budget) {
        return values != null ? NearestText.among(values, text) : NearestText.search(pattern, text, budget);
    }
}
