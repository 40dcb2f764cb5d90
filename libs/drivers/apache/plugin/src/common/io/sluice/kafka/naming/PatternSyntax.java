package io.sluice.kafka.naming;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The patterns of naming policies: literals, {@code .}, classes, {@code \d} and {@code \w}, groups, alternatives and quantifiers, for the whole text. Not those of
 * java.util.regex: it reads some of these differently, knows more, and its time for one name has no bound.
 */
final class PatternSyntax {
    /** What topic names are made of; nothing else ever matches. In the order in which an example is chosen from a class. */
    static final String LEGAL = "xabcdefghijklmnopqrstuvwyz1023456789-_.XABCDEFGHIJKLMNOPQRSTUVWYZ";
    private static final String DIGITS = "1234567890";
    private static final String NOT_WORD = "-.";
    private static final Pattern COUNT = Pattern.compile("\\{([0-9]{1,4})(,([0-9]{1,4})?)?\\}");
    private static final int END = -1;

    private final String text;
    private int at;
    private int depth;

    private PatternSyntax(String text, int at) {
        this.text = text;
        this.at = at;
    }

    static PatternNode parse(String text) throws PatternSyntaxException {
        if (text.isEmpty()) throw new PatternSyntaxException("the pattern is empty");
        if (text.length() > NamingLimits.PATTERN_LENGTH_MAX) {
            throw new PatternSyntaxException("the pattern has " + text.length() + " characters; at most " + NamingLimits.PATTERN_LENGTH_MAX + " are allowed");
        }
        int begin = text.startsWith("^") ? 1 : 0;
        int end = text.endsWith("$") && !text.endsWith("\\$") ? text.length() - 1 : text.length();
        PatternSyntax syntax = new PatternSyntax(text.substring(0, Math.max(begin, end)), begin);
        PatternNode node = syntax.choice();
        if (syntax.peek() != END) throw syntax.wrong("\")\" closes no group");
        return node;
    }

    private int peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private int take() {
        int character = peek();
        at += 1;
        return character;
    }

    private PatternSyntaxException wrong(String what) {
        return new PatternSyntaxException(what + " (at character " + (at + 1) + ")");
    }

    private PatternSyntaxException never(int character) {
        return wrong("\"" + (char) character + "\" can't be in a topic name, which holds a-z, A-Z, 0-9, \".\", \"_\" and \"-\" only");
    }

    private static boolean isLegal(int character) {
        return character != END && LEGAL.indexOf(character) >= 0;
    }

    private static String only(IntPredicate test) {
        StringBuilder characters = new StringBuilder();
        LEGAL.chars().filter(test).forEach(each -> characters.append((char) each));
        return characters.toString();
    }

    private PatternNode choice() throws PatternSyntaxException {
        depth += 1;
        if (depth > NamingLimits.PATTERN_DEPTH_MAX) throw wrong("groups are nested more than " + NamingLimits.PATTERN_DEPTH_MAX + " deep");
        List<PatternNode> nodes = new ArrayList<>(List.of(sequence()));
        while (peek() == '|') {
            take();
            nodes.add(sequence());
        }
        depth -= 1;
        return nodes.size() == 1 ? nodes.get(0) : new PatternNode.Choice(nodes);
    }

    private PatternNode sequence() throws PatternSyntaxException {
        List<PatternNode> nodes = new ArrayList<>();
        while (peek() != END && peek() != '|' && peek() != ')') nodes.add(quantified());
        return new PatternNode.Sequence(nodes);
    }

    private PatternNode quantified() throws PatternSyntaxException {
        PatternNode node = atom();
        PatternNode repeat = quantifier(node);
        if (repeat != null && peek() != END && "*+?{".indexOf(peek()) >= 0) throw wrong("a quantifier can't follow a quantifier; lazy and possessive ones aren't known");
        return repeat == null ? node : repeat;
    }

    /** Null: none follows. */
    private PatternNode quantifier(PatternNode node) throws PatternSyntaxException {
        switch (peek()) {
            case '*': take(); return new PatternNode.Repeat(node, 0, null);
            case '+': take(); return new PatternNode.Repeat(node, 1, null);
            case '?': take(); return new PatternNode.Repeat(node, 0, 1);
            case '{': return counted(node);
            default: return null;
        }
    }

    private PatternNode counted(PatternNode node) throws PatternSyntaxException {
        Matcher count = COUNT.matcher(text).region(at, text.length());
        if (!count.lookingAt()) throw wrong("\"{\" begins a count such as {2}, {2,} or {2,5}");
        int min = Integer.parseInt(count.group(1));
        Integer max = count.group(2) == null ? Integer.valueOf(min) : count.group(3) == null ? null : Integer.valueOf(count.group(3));
        if (max != null && max < min) throw wrong("{" + min + "," + max + "} counts downwards");
        if (Math.max(min, max == null ? 0 : max) > NamingLimits.TOPIC_NAME_LENGTH_MAX) {
            throw wrong("a count above " + NamingLimits.TOPIC_NAME_LENGTH_MAX + ", the length of the longest name");
        }
        at = count.end();
        return new PatternNode.Repeat(node, min, max);
    }

    private PatternNode atom() throws PatternSyntaxException {
        int character = take();
        switch (character) {
            case '(': return group();
            case '[': return new PatternNode.Characters(characterClass());
            case '.': return new PatternNode.Characters(LEGAL);
            case '\\': return new PatternNode.Characters(escape());
            case '*': case '+': case '?': case '{': throw wrong("\"" + (char) character + "\" repeats nothing");
            case '^': case '$': throw wrong("\"" + (char) character + "\" may only stand at the " + (character == '^' ? "beginning" : "end"));
            default:
                if (!isLegal(character)) throw never(character);
                return new PatternNode.Characters(String.valueOf((char) character));
        }
    }

    private PatternNode group() throws PatternSyntaxException {
        if (peek() == '?') {
            if (!text.startsWith("?:", at)) throw wrong("of the groups that begin with \"(?\", only \"(?:\" is known");
            at += 2;
        }
        PatternNode node = choice();
        if (take() != ')') throw wrong("a group isn't closed");
        return node;
    }

    /** The characters of an escape; one alone stands for itself. */
    private String escape() throws PatternSyntaxException {
        int character = take();
        if (character == 'd') return DIGITS;
        if (character == 'w') return only(each -> NOT_WORD.indexOf(each) < 0);
        if (character == END || (isLegal(character) && "-_.".indexOf(character) < 0)) {
            throw wrong("the escape \"\\" + (character == END ? "" : (char) character) + "\" isn't known; there are \\d, \\w and those of punctuation");
        }
        if (!isLegal(character)) throw never(character);
        return String.valueOf((char) character);
    }

    private String characterClass() throws PatternSyntaxException {
        boolean negated = peek() == '^';
        if (negated) take();
        StringBuilder members = new StringBuilder();
        while (peek() != ']') {
            String low = classMember();
            boolean isRange = low.length() == 1 && peek() == '-' && at + 1 < text.length() && text.charAt(at + 1) != ']';
            if (!isRange) {
                members.append(low);
                continue;
            }
            take();
            String high = classMember();
            if (high.length() != 1 || high.compareTo(low) < 0) throw wrong("the range " + low + "-" + high + " isn't one");
            members.append(only(each -> each >= low.charAt(0) && each <= high.charAt(0)));
        }
        take();
        String characters = only(each -> members.indexOf(String.valueOf((char) each)) >= 0 != negated);
        if (characters.isEmpty()) throw wrong("the class holds no character that a topic name can have");
        return characters;
    }

    private String classMember() throws PatternSyntaxException {
        int character = take();
        if (character == END) throw wrong("a class isn't closed");
        if (character == '\\') return escape();
        if (!isLegal(character)) throw never(character);
        return String.valueOf((char) character);
    }
}
