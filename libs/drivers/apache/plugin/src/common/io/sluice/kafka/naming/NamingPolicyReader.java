package io.sluice.kafka.naming;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Compiles a policy as {@code libs/naming/policy.ts} does: what one takes the other takes. */
public final class NamingPolicyReader {
    private static final Pattern TEMPLATE = Pattern.compile("<[^<>]*>(\\.<[^<>]*>)*");
    private static final Pattern PART_NAME = Pattern.compile("[a-z][a-z0-9_-]*");
    private static final Pattern LEGAL_TEXT = Pattern.compile("[a-zA-Z0-9._-]{1," + NamingLimits.TOPIC_NAME_LENGTH_MAX + "}");

    /** What is left of the characters that all patterns together may stand on. */
    private int positions = NamingLimits.POLICY_POSITIONS_MAX;

    private record Rule(JsonNode values, JsonNode pattern, String pointer) {
    }

    private NamingPolicyReader() {
    }

    public static NamingPolicy read(JsonNode input) throws NamingPolicyException {
        return new NamingPolicyReader().policy(input);
    }

    private NamingPolicy policy(JsonNode input) throws NamingPolicyException {
        if (!input.isObject()) throw new NamingPolicyException("", "a naming policy is an object");
        NamingPolicy.Mode mode = Stream.of(NamingPolicy.Mode.values()).filter(each -> isText(input.get("mode"), each.name().toLowerCase(Locale.ROOT))).findFirst()
            .orElseThrow(() -> new NamingPolicyException("/mode", "the mode is one of off, warn, enforce"));
        List<String> names = template(input.get("template"));
        Map<String, Rule> rules = rules(input.get("parts"), names);
        List<NamingPart> parts = new ArrayList<>();
        for (String name : names) parts.add(part(name, rules.get(name), parts.size() == names.size() - 1));
        String shortest = String.join(".", parts.stream().map(NamingPart::shortest).toList());
        if (shortest.length() > NamingLimits.TOPIC_NAME_LENGTH_MAX) throw new NamingPolicyException("/parts", "the shortest name that fits has " + shortest.length() + " characters");
        if (shortest.equals(".") || shortest.equals("..")) throw new NamingPolicyException("/parts", "\".\" and \"..\" are no topic names; make the part longer");
        return new NamingPolicy(mode, input.get("template").textValue(), parts, exemptions(input.get("exemptions")));
    }

    private static boolean isText(JsonNode node, String text) {
        return node != null && node.isTextual() && node.textValue().equals(text);
    }

    private static List<String> template(JsonNode given) throws NamingPolicyException {
        if (given == null || !given.isTextual() || !TEMPLATE.matcher(given.textValue()).matches()) {
            throw new NamingPolicyException("/template", "the template is a sequence of parts between dots, such as <env>.<team>.<app>.<type>");
        }
        String text = given.textValue();
        List<String> names = List.of(text.substring(1, text.length() - 1).split(">\\.<", -1));
        if (names.size() > NamingLimits.TEMPLATE_PARTS_MAX) throw new NamingPolicyException("/template", "at most " + NamingLimits.TEMPLATE_PARTS_MAX + " parts are allowed");
        for (String name : names) {
            if (!PART_NAME.matcher(name).matches() || name.length() > NamingLimits.PART_NAME_LENGTH_MAX) throw new NamingPolicyException("/template", "a part is not well named");
        }
        if (Set.copyOf(names).size() < names.size()) throw new NamingPolicyException("/template", "a part stands in the template twice");
        return names;
    }

    private static Map<String, Rule> rules(JsonNode given, List<String> names) throws NamingPolicyException {
        Map<String, Rule> rules = new HashMap<>();
        if (given == null || given.isNull()) return rules;
        if (!given.isArray()) throw new NamingPolicyException("/parts", "parts is a list");
        for (int index = 0; index < given.size(); index += 1) {
            String pointer = "/parts/" + index;
            JsonNode name = given.get(index).get("name");
            if (name == null || !name.isTextual()) throw new NamingPolicyException(pointer, "a part has a name");
            if (!names.contains(name.textValue())) throw new NamingPolicyException(pointer + "/name", "the template has no such part");
            Rule rule = new Rule(given.get(index).get("values"), given.get(index).get("pattern"), pointer);
            if ((rule.values == null) == (rule.pattern == null)) throw new NamingPolicyException(pointer, "the part needs either values or a pattern");
            if (rules.put(name.textValue(), rule) != null) throw new NamingPolicyException(pointer + "/name", "the part is described twice");
        }
        return rules;
    }

    private NamingPart part(String name, Rule rule, boolean isLast) throws NamingPolicyException {
        List<String> standard = NamingDefaults.VALUES.get(name);
        if (rule == null && standard != null) return NamingPart.ofValues(name, isLast, standard);
        String pointer = rule == null ? "/parts" : rule.pointer + (rule.values == null ? "/pattern" : "/values");
        if (rule != null && rule.values != null) {
            List<String> values = texts(rule.values, pointer, NamingLimits.VALUES_PER_PART_MAX);
            if (values.isEmpty()) throw new NamingPolicyException(pointer, "the part has no value that it could be");
            if (!isLast && values.stream().anyMatch(value -> value.contains("."))) throw new NamingPolicyException(pointer, "only the last part of a template may hold a dot");
            return NamingPart.ofValues(name, isLast, values);
        }
        if (rule != null && !rule.pattern.isTextual()) throw new NamingPolicyException(pointer, "a pattern is a text");
        String source = rule == null ? NamingDefaults.patternOf(name, isLast) : rule.pattern.textValue();
        Automaton pattern = pattern(source, pointer, isLast);
        NearestText shortest = NearestText.search(pattern, "", new NearestText.Budget(0));
        if (shortest == null) throw new NamingPolicyException(pointer, "no text fits the pattern of the part");
        return NamingPart.ofPattern(name, isLast, source, pattern, shortest.text());
    }

    /** Spends room, and stops where there is none left. */
    private Automaton pattern(String source, String pointer, boolean dots) throws NamingPolicyException {
        try {
            Automaton pattern = new Automaton(PatternSyntax.parse(source), dots);
            positions -= pattern.sets.size();
            if (positions < 0) throw new NamingPolicyException(pointer, "the patterns of the policy are too large together");
            return pattern;
        } catch (PatternSyntaxException error) {
            throw new NamingPolicyException(pointer, error.getMessage());
        }
    }

    private static List<String> texts(JsonNode given, String pointer, int max) throws NamingPolicyException {
        if (!given.isArray()) throw new NamingPolicyException(pointer, "a list of texts is needed");
        if (given.size() > max) throw new NamingPolicyException(pointer, "there are " + given.size() + " entries; at most " + max + " are allowed");
        Set<String> texts = new LinkedHashSet<>();
        for (int index = 0; index < given.size(); index += 1) {
            JsonNode text = given.get(index);
            if (!text.isTextual() || !LEGAL_TEXT.matcher(text.textValue()).matches()) throw new NamingPolicyException(pointer + "/" + index, "this can't be in a topic name");
            texts.add(text.textValue());
        }
        return List.copyOf(texts);
    }

    private NamingPolicy.Exemptions exemptions(JsonNode given) throws NamingPolicyException {
        boolean absent = given == null || given.isNull();
        if (!absent && !given.isContainerNode()) throw new NamingPolicyException("/exemptions", "exemptions are an object");
        JsonNode patterns = absent ? null : given.get("patterns");
        List<String> sources = patterns == null || patterns.isNull() ? NamingDefaults.EXEMPT_PATTERNS : sources(patterns);
        List<Automaton> compiled = new ArrayList<>();
        for (String source : sources) compiled.add(pattern(source, "/exemptions/patterns/" + compiled.size(), true));
        return new NamingPolicy.Exemptions(Set.copyOf(exempt(given, "names")), exempt(given, "prefixes"), compiled);
    }

    private static List<String> exempt(JsonNode given, String kind) throws NamingPolicyException {
        JsonNode texts = given == null ? null : given.get(kind);
        return texts == null || texts.isNull() ? List.of() : texts(texts, "/exemptions/" + kind, NamingLimits.EXEMPTIONS_MAX);
    }

    private static List<String> sources(JsonNode given) throws NamingPolicyException {
        if (!given.isArray()) throw new NamingPolicyException("/exemptions/patterns", "a list of patterns is needed");
        if (given.size() > NamingLimits.EXEMPTIONS_MAX) throw new NamingPolicyException("/exemptions/patterns", "at most " + NamingLimits.EXEMPTIONS_MAX + " are allowed");
        List<String> sources = new ArrayList<>();
        for (JsonNode source : given) {
            if (!source.isTextual()) throw new NamingPolicyException("/exemptions/patterns/" + sources.size(), "a pattern is a text");
            sources.add(source.textValue());
        }
        return sources;
    }
}
