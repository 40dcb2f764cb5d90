package io.sluice.kafka.naming;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/** What a policy says of one name, part by part. Never throws, whatever the text. {@code problems} is what is wrong, in words. */
record NameVerdict(String topicName, boolean fits, List<String> problems) {
    static NameVerdict of(NamingPolicy policy, String topicName) {
        String illegal = illegality(topicName);
        if (illegal != null) return new NameVerdict(topicName, false, List.of(illegal));
        List<String> problems = new ArrayList<>();
        String[] values = split(topicName, policy.parts().size());
        for (int index = 0; index < values.length; index += 1) {
            NamingPart part = policy.parts().get(index);
            String reason = reasonOf(part, values[index]);
            if (reason != null) problems.add("<" + part.name() + ">: " + reason + ", expected " + part.expected());
        }
        return new NameVerdict(topicName, problems.isEmpty() || policy.exemptions().holdFor(topicName), problems);
    }

    /** Why it can't be a topic's name at all; null if it can. */
    private static String illegality(String name) {
        if (name.isEmpty()) return "a topic name isn't empty";
        if (name.equals(".") || name.equals("..")) return "\"" + name + "\" is no topic name";
        if (name.length() > NamingLimits.TOPIC_NAME_LENGTH_MAX) return "it has " + name.length() + " characters; at most " + NamingLimits.TOPIC_NAME_LENGTH_MAX + " are allowed";
        for (int index = 0; index < name.length(); index += 1) {
            if (PatternSyntax.LEGAL.indexOf(name.charAt(index)) >= 0) continue;
            return "it holds " + jsonOf(name.codePointAt(index)) + "; only a-z, A-Z, 0-9, \".\", \"_\" and \"-\" are allowed";
        }
        return null;
    }

    /** As JSON writes the text of this one character, and JavaScript its half of a pair. */
    private static String jsonOf(int codePoint) {
        int escaped = "\b\t\n\f\r\"\\".indexOf(codePoint);
        if (escaped >= 0) return "\"\\" + "btnfr\"\\".charAt(escaped) + "\"";
        boolean half = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
        return "\"" + (codePoint < 0x20 || half ? String.format(Locale.ROOT, "\\u%04x", codePoint) : Character.toString(codePoint)) + "\"";
    }

    /** The last part takes all that is left, dots included. Null: the name is too short to have it. */
    private static String[] split(String name, int parts) {
        return Arrays.copyOf(name.split("\\.", parts), parts);
    }

    private static String reasonOf(NamingPart part, String value) {
        if (value == null) return "it is missing";
        if (part.fits(value)) return null;
        if (value.isEmpty()) return "it is empty";
        if (part.fits(value.toLowerCase(Locale.ROOT))) return quoted(value) + " has capital letters";
        return part.values() == null ? quoted(value) + " doesn't match" : quoted(value) + " isn't among them";
    }

    /** Names are long, and messages must hold the reasons too. */
    private static String quoted(String text) {
        return "\"" + (text.length() > NamingLimits.QUOTED_LENGTH_MAX ? text.substring(0, NamingLimits.QUOTED_LENGTH_MAX - 3) + "..." : text) + "\"";
    }

    /** Of bounded length, with the proposal (null: none) whole in any case: many clients cut a broker's message after 511 bytes. */
    String explain(String template, String proposal) {
        StringJoiner reasons = new StringJoiner("; ");
        problems.forEach(reasons::add);
        String advice = proposal == null ? "" : " Try \"" + proposal + "\".";
        String text = "Topic name " + quoted(topicName) + " doesn't follow the naming policy " + template + ". " + reasons;
        int room = NamingLimits.MESSAGE_LENGTH_MAX - advice.length() - 1;
        return (text.length() > room ? text.substring(0, room - 3) + "..." : text + ".") + advice;
    }
}
