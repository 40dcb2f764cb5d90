package io.sluice.kafka.naming;

import java.util.List;

/** The syntax tree of a pattern. */
sealed interface PatternNode {
    /** One of these characters, in the order in which an example is chosen from them. */
    record Characters(String characters) implements PatternNode {
    }

    record Sequence(List<PatternNode> nodes) implements PatternNode {
    }

    record Choice(List<PatternNode> nodes) implements PatternNode {
    }

    /** {@code max} null: without end. */
    record Repeat(PatternNode node, int min, Integer max) implements PatternNode {
    }
}
