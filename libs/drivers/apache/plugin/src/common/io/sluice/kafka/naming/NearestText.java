package io.sluice.kafka.naming;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A text that fits a pattern or a list, and how many characters were added or dropped to come there. */
record NearestText(String text, int distance) {
    /** Steps of searches that are left for one name. */
    static final class Budget {
        private long steps;

        Budget(long steps) {
            this.steps = steps;
        }
    }

    /** How much of the given text is used up, the position reached (−1 before the first), and what was written. */
    private record Step(int used, int position, String output) {
    }

    /** Cheapest first. Null: there is none, or none within the steps. The shortest text (of "") needs no limit: it visits each position once. */
    static NearestText search(Automaton automaton, String given, Budget budget) {
        String text = given.length() > NamingLimits.NEAREST_TEXT_LENGTH_MAX ? given.substring(0, NamingLimits.NEAREST_TEXT_LENGTH_MAX) : given;
        boolean unlimited = text.isEmpty();
        Set<Integer> done = new HashSet<>();
        long steps = unlimited ? Long.MAX_VALUE : Math.min(NamingLimits.NEAREST_STEPS_MAX, budget.steps);
        List<Step> now = List.of(new Step(0, -1, ""));
        for (int distance = 0; !now.isEmpty(); distance += 1) {
            List<Step> later = new ArrayList<>();
            List<Step> walked = new ArrayList<>(now);
            // Grows while it is walked: what costs nothing is of the same distance.
            for (int index = 0; index < walked.size(); index += 1) {
                Step step = walked.get(index);
                if (!done.add(step.used * (automaton.sets.size() + 1) + step.position + 1)) continue;
                if (step.used == text.length() && step.position >= 0 && automaton.accepting.get(step.position)) return new NearestText(step.output, distance);
                int character = step.used < text.length() ? text.charAt(step.used) : -1;
                for (int position : step.position < 0 ? automaton.first : automaton.follow.get(step.position)) {
                    steps -= 1;
                    if (!unlimited) budget.steps -= 1;
                    if (steps <= 0) return null;
                    String set = automaton.sets.get(position);
                    if (set.isEmpty()) continue;
                    if (character >= 0 && set.indexOf(character) >= 0) walked.add(new Step(step.used + 1, position, step.output + (char) character));
                    later.add(new Step(step.used, position, step.output + set.charAt(0)));
                }
                if (character >= 0) later.add(new Step(step.used + 1, step.position, step.output));
            }
            now = later;
        }
        return null;
    }

    /** The first of those that are nearest. */
    static NearestText among(List<String> values, String text) {
        String cut = text.length() > NamingLimits.NEAREST_TEXT_LENGTH_MAX ? text.substring(0, NamingLimits.NEAREST_TEXT_LENGTH_MAX) : text;
        NearestText best = null;
        for (String value : values) {
            int distance = editDistance(cut, value.toLowerCase(java.util.Locale.ROOT));
            if (best == null || distance < best.distance) best = new NearestText(value, distance);
        }
        return best;
    }

    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j += 1) row[j] = j;
        for (int i = 1; i <= a.length(); i += 1) {
            int[] next = new int[row.length];
            next[0] = i;
            for (int j = 1; j <= b.length(); j += 1) {
                int changed = row[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                next[j] = Math.min(Math.min(row[j] + 1, next[j - 1] + 1), changed);
            }
            row = next;
        }
        return row[b.length()];
    }
}
